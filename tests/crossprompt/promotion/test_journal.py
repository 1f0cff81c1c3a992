"""Who is champion, who was, and whom a gate may not bring back, from the journal's entries alone."""

from __future__ import annotations

from crossprompt.promotion.journal import (
    MAX_REASON,
    Event,
    EventKind,
    champion_of,
    champions,
    former_champion,
    shorten,
    taken_back,
)

KINDS = {"+": EventKind.PROMOTED, "<": EventKind.PUT_BACK, "!": EventKind.ADOPTED}


def journal(entries: str) -> list[Event]:
    """``+1 +2 <1``: 1 and 2 were promoted, then 1 put back."""
    events: list[Event] = []
    for entry in entries.split():
        over = events[-1].version if events else None
        number = len(events) + 1
        events.append(
            Event(
                number=number,
                kind=KINDS[entry[0]],
                version=entry[1:],
                fingerprint=entry[1:] * 8,
                over=over,
                reason=entry,
                at="2026-01-02T12:00:00",
                token=str(number),
            )
        )
    return events


def test_the_newest_entry_names_the_champion():
    assert champion_of([]) is None
    assert champion_of(journal("+1 +2 <1")).version == "1"
    assert champions(journal("+1 +2 <1 +3")) == ("1", "2", "3")


def test_going_back_leads_further_back_each_time_and_never_forth():
    assert former_champion([]) is None
    assert former_champion(journal("+1")) is None
    assert former_champion(journal("+1 +2 +3")) == "2"
    assert former_champion(journal("+1 +2 +3 <2")) == "1"
    assert former_champion(journal("+1 +2 +3 <2 <1")) is None
    assert former_champion(journal("+1 +2 +3 <2 +4")) == "2"
    assert former_champion(journal("+1 +2 <1 <2")) == "1"
    assert former_champion(journal("+1 !5")) == "1"


def test_what_was_gone_back_from_is_taken_back_until_somebody_goes_forth_again():
    assert set(taken_back([])) == set(taken_back(journal("+1 +2 +3"))) == set()
    assert set(taken_back(journal("+1 +2 <1"))) == {"2"}
    assert set(taken_back(journal("+1 +2 +3 <1"))) == {"2", "3"}
    assert set(taken_back(journal("+1 +2 <1 +3"))) == {"2"}
    assert set(taken_back(journal("+1 +2 <1 <2"))) == set()
    assert set(taken_back(journal("+1 +2 +3 <1 <2"))) == {"3"}
    assert set(taken_back(journal("+1 +2 +3 <1 <3"))) == set()
    assert set(taken_back(journal("+1 +2 !1"))) == {"2"}
    assert taken_back(journal("+1 +2 <1"))["2"].reason == "<1"


def test_a_reason_is_cut_to_fit_an_entry():
    assert shorten("short") == "short"
    assert len(shorten("x" * 9000)) == MAX_REASON
    long = journal("+1")[0].model_copy(update={"reason": shorten("\u20ac" * 9000)})
    assert len(long.model_dump_json()) < 6000
