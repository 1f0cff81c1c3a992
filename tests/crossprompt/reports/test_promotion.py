"""The gate's decision as a report."""

from __future__ import annotations

import pytest

from crossprompt.promotion.decision import decide
from crossprompt.promotion.records import Outcome, Proposal
from crossprompt.promotion.settings import GateSettings
from crossprompt.reports.promotion import build_promotion_report, promotion_headline
from tests.crossprompt.promotion.sides import side

RIGHT = [True] * 30 + [False] * 10
WRONG = [False] * 40


def proposal(outcome: Outcome) -> Proposal:
    return Proposal(outcome=outcome, version="7", champion="6", sentences=("What the registry says.", "More."))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_headline(outcome: Outcome) -> None:
    assert "version 7" in promotion_headline(proposal(outcome))


def test_a_refusal_says_why_and_shows_who_fell_first() -> None:
    champion = side({"en-US": RIGHT, "de-DE": RIGHT, "sw-KE": RIGHT}, ("de-DE", "sw-KE"))
    candidate = side(
        {"en-US": RIGHT, "de-DE": RIGHT, "sw-KE": WRONG, "th-TH": WRONG}, ("de-DE", "sw-KE", "th-TH"), "d" * 64
    )
    decision = decide(candidate, champion, GateSettings())
    report = build_promotion_report("A title & more", decision, proposal(Outcome.REFUSED))
    assert not decision.promote
    assert "<h1>Refused: version 7 is not promoted</h1>" in report.html
    assert "A title &amp; more" in report.html
    assert report.html.count('class="caution"') == len(decision.failed) > 1
    assert report.html.index("th-TH, new") < report.html.index("<small>sw-KE") < report.html.index("<small>de-DE")
    (row,) = [own for own in report.tables["locales"].records() if own["locale"] == "sw-KE"]
    assert (row["candidate"], row["champion"], row["difference"], row["new"]) == (0.0, 75.0, -75.0, False)
    assert [own["passed"] for own in report.tables["checks"].records()].count(False) == len(decision.failed)
    assert report.data["proposal"]["outcome"] == "refused"


def test_the_first_champion_has_nobody_to_be_compared_with() -> None:
    decision = decide(side({"en-US": RIGHT, "de-DE": RIGHT}), None, GateSettings())
    report = build_promotion_report("New languages", decision, proposal(Outcome.PROMOTED))
    assert "no champion to compare with" in report.html
    assert report.tables["locales"].records()[0]["champion"] is None
    assert report == build_promotion_report("New languages", decision, proposal(Outcome.PROMOTED))
