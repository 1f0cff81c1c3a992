"""What a plan counts is what the dispatcher then sends."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from crossprompt.factory.chain import Chain
from crossprompt.factory.disk import TextSize
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.ledger_reader import LedgerReader
from crossprompt.factory.plan_records import Work
from crossprompt.factory.prices import Amount
from crossprompt.factory.settings import DispatchSettings
from crossprompt.factory.survey import Survey
from crossprompt.translation.engine import CallLimits, EngineError, Failure, TranslationReply
from tests.crossprompt.factory.corpus_files import make_dialogue, say
from tests.crossprompt.factory.counting_engine import CountingEngine, ForgetfulMemory, SecondCountingEngine, link

DIALOGUES = [make_dialogue(number, turns) for number, turns in enumerate([1, 4, 9, 12, 2, 7])]
CHARACTERS = sum(len(turn.utterance) for dialogue in DIALOGUES for turn in dialogue.turns)
UTTERANCES = sum(len(dialogue.turns) for dialogue in DIALOGUES)
WORKERS = DispatchSettings(workers=3)


def survey(chain: Chain, locales=("de",), dialogues=DIALOGUES, ledger: Path | None = None, **more) -> Survey:
    """A look at the dialogues, with the ledger if it is there."""
    if ledger is None:
        seen = Survey(chain, locales, None, **more)
        seen.look_at(dialogues)
        return seen
    with LedgerReader(ledger) as reader:
        seen = Survey(chain, locales, reader, **more)
        seen.look_at(dialogues)
    return seen


def works(seen: Survey) -> dict[tuple[str, str], Work]:
    """By language and engine."""
    return {(locale, link.name): group.work(link) for locale, group in seen.languages for link in group.links}


def send(chain: Chain, ledger: Path, locales=("de",), dialogues=DIALOGUES) -> None:
    """What the plan is about."""
    with Ledger(ledger) as opened:
        for locale in locales:
            assert dispatch(dialogues, locale, chain.links_for(locale), opened, WORKERS, progress=False).finished


def test_one_engine_is_sent_every_character_once():
    seen = survey(Chain((link(CountingEngine()),)))
    work = works(seen)["de", "counting_engine"]
    assert work.to_do == Amount(calls=6, utterances=UTTERANCES, characters=CHARACTERS)
    assert (work.in_ledger, work.repeated, work.looked_up) == (Amount(), Amount(), 0)
    assert (seen.dialogues, seen.text.utterances, seen.text.characters) == (6, UTTERANCES, CHARACTERS)
    assert seen.text.bytes > CHARACTERS  # there is an é


@pytest.mark.parametrize(
    "limits", [CallLimits(), CallLimits(utterances=3), CallLimits(characters=60), CallLimits(bytes=90)]
)
def test_the_dispatcher_sends_what_was_counted(limits, tmp_path):
    again = [say("77_00000", [turn.utterance for turn in DIALOGUES[2].turns])]
    dialogues = [*DIALOGUES, *again, make_dialogue(8, 5, "dev")]
    service = CountingEngine(limits=limits)
    chain = Chain((link(ForgetfulMemory("bus")), link(service)))
    planned = works(survey(chain, ("de", "sw"), dialogues))
    send(chain, tmp_path / "ledger.db", ("de", "sw"), dialogues)
    sent = {locale: planned[locale, "counting_engine"].to_do.characters for locale in ("de", "sw")}
    assert service.billed == sent
    assert 0 < sent["de"] < sent["sw"]


def test_the_same_dialogue_under_another_id_is_sent_once():
    again = [say("77_00000", [turn.utterance for turn in DIALOGUES[3].turns])]
    work = works(survey(Chain((link(CountingEngine()),)), dialogues=[*DIALOGUES, *again]))["de", "counting_engine"]
    assert work.to_do.characters == CHARACTERS
    assert (work.repeated.calls, work.repeated.utterances) == (1, 12)


def test_an_engine_out_of_the_ledger_does_it_again():
    class Free(CountingEngine):
        paid = False

    again = [say("77_00000", [turn.utterance for turn in DIALOGUES[3].turns])]
    (work,) = works(survey(Chain((link(Free()),)), dialogues=[*DIALOGUES, *again])).values()
    assert work.to_do.calls == 7
    assert work.repeated == Amount()


def test_what_is_done_is_not_counted_again(tmp_path):
    ledger, chain = tmp_path / "ledger.db", Chain((link(CountingEngine()),))
    send(chain, ledger, dialogues=DIALOGUES[:3])
    half = works(survey(chain, ledger=ledger))["de", "counting_engine"]
    done = sum(len(dialogue.turns) for dialogue in DIALOGUES[:3])
    assert (half.in_ledger.utterances, half.to_do.utterances) == (done, UTTERANCES - done)
    send(chain, ledger)
    whole = works(survey(chain, ledger=ledger))["de", "counting_engine"]
    assert (whole.to_do, whole.in_ledger.characters) == (Amount(), CHARACTERS)


def test_what_is_in_the_cache_is_neither_sent_nor_looked_for(tmp_path):
    places = {"de": (range(1, 3), range(4, 6))}
    kept = [DIALOGUES[place] for part in places["de"] for place in part]
    chain = Chain((link(ForgetfulMemory("bus")), link(CountingEngine())))
    seen = survey(chain, ("de", "sw"), cached=places)
    (_, german), (_, swahili) = seen.languages
    assert german.cached_text.utterances == sum(len(dialogue.turns) for dialogue in kept)
    assert swahili.cached_text == TextSize()
    alone = survey(chain, ("de",), dialogues=[DIALOGUES[0], DIALOGUES[3]])
    assert works(seen)["de", "counting_engine"] == works(alone)["de", "counting_engine"]
    assert works(seen)["sw", "counting_engine"] == works(survey(chain, ("sw",)))["sw", "counting_engine"]
    whole = survey(chain, cached={"de": [range(len(DIALOGUES))]})
    assert whole.languages[0][1].cached_text == whole.text
    assert {work.to_do.calls + work.looked_up for work in works(whole).values()} == {0}


def test_languages_with_the_same_dialogues_in_the_cache_are_alike():
    half, places = [range(3)], ("de", "sw", "hi", "ta")
    seen = survey(Chain((link(CountingEngine(places)),)), places, cached={"de": half, "hi": half})
    assert [group.locales for group in seen.groups] == [("de", "hi"), ("sw", "ta")]
    assert works(seen)["hi", "counting_engine"].to_do.calls == len(DIALOGUES) - 3


def test_what_failed_for_good_goes_to_the_next_engine(tmp_path):
    ledger, first, second = tmp_path / "ledger.db", CountingEngine(refused="3/"), SecondCountingEngine()
    chain = Chain((link(first), link(second)))
    before = works(survey(chain))
    assert before["de", "second"].to_do == Amount()
    send(Chain((link(first),)), ledger)
    after = works(survey(chain, ledger=ledger))
    refused = sum(len(turn.utterance) for turn in DIALOGUES[3].turns)
    assert after["de", "counting_engine"].to_do == Amount()
    assert after["de", "second"].to_do.characters == refused
    send(chain, ledger)
    assert second.billed == {"de": refused}


def test_what_failed_is_counted_again_where_it_is_to_be_sent_again(tmp_path):
    ledger, chain = tmp_path / "ledger.db", Chain((link(CountingEngine(refused="3/")),))
    send(chain, ledger)
    kept = survey(chain, ledger=ledger)
    assert (works(kept)["de", "counting_engine"].to_do, kept.groups[0].missing) == (Amount(), 1)
    anew = survey(chain, ledger=ledger, retry_failed=True)
    assert (works(anew)["de", "counting_engine"].to_do.calls, anew.groups[0].missing) == (1, 0)


def test_languages_that_are_alike_come_out_as_each_by_itself(tmp_path):
    locales = ("de", "fi", "ka", "sw")
    chain = Chain((link(ForgetfulMemory("bus", ["fi"])), link(CountingEngine(locales)), link(SecondCountingEngine())))
    send(Chain((link(CountingEngine(locales)),)), tmp_path / "ledger.db", ("ka",), DIALOGUES[1:4])
    together = survey(chain, locales, ledger=tmp_path / "ledger.db")
    apart = [survey(chain, (locale,), ledger=tmp_path / "ledger.db") for locale in locales]
    assert works(together) == {key: work for one in apart for key, work in works(one).items()}
    assert [group.locales for group in together.groups] == [("de", "sw"), ("fi",), ("ka",)]


def test_what_is_looked_up_is_not_sent():
    chain = Chain((link(ForgetfulMemory("bus")), link(CountingEngine())))
    found = works(survey(chain))
    lacking = sum("bus" in turn.utterance for dialogue in DIALOGUES for turn in dialogue.turns)
    assert 0 < lacking < UTTERANCES
    assert found["de", "forgetful"].looked_up == UTTERANCES - lacking
    assert found["de", "counting_engine"].to_do.utterances == lacking


def test_a_dialogue_that_nobody_has_whole_is_missing():
    seen = survey(Chain((link(ForgetfulMemory("3/")),)))
    assert seen.groups[0].missing == 1


def test_an_engine_that_looks_up_holds_one_language_at_a_time():
    asked = []

    class Watched(ForgetfulMemory):
        def translate(self, call) -> TranslationReply:
            asked.append(call.locale)
            return super().translate(call)

    survey(Chain((link(Watched("bus", ["de", "fi"])),)), ("de", "fi"))
    assert asked == sorted(asked)


def test_dialogues_do_not_stay_in_memory():
    long = "bus " * 250

    def peak(number: int) -> int:
        chain = Chain((link(CountingEngine(["de", "sw"])),))
        dialogues = (say(f"{place}_00000", [f"{place}/{turn} {long}" for turn in range(12)]) for place in range(number))
        tracemalloc.start()
        survey(chain, ("de", "sw"), dialogues)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)  # what is loaded once
    texts = 500 * 12 * len(long)
    assert peak(600) - peak(100) < texts / 10  # the hashes of calls alone are some 3 % of it


def test_damage_in_what_is_looked_up_is_told():
    class Damaged(ForgetfulMemory):
        def translate(self, call) -> TranslationReply:
            raise EngineError(Failure.FATAL, "damaged_memory", "line 3 is cut off")

    with pytest.raises(EngineError, match="line 3 is cut off"):
        survey(Chain((link(Damaged("x")), link(CountingEngine()))))
