"""Contests in real processes, with contenders that only pretend to work."""

import pytest

from benchmarks.contest import ContestError, hold_contest
from benchmarks.records import Contender, Contest
from benchmarks.suite import run_suite
from benchmarks.table import as_json, render
from tests.benchmarks.turns import QUICK

HERE = "tests.benchmarks.pretending"


def contest(*contenders, rounds=2):
    return Contest(name="c", title="Pretending", unit="things", contenders=contenders, rounds=rounds, aim=2.0)


def test_contenders_take_turns_and_the_faster_one_has_the_higher_ratio(tmp_path):
    quick = Contender(name="quick", entry=f"{HERE}:steady", options={"seconds": 0.02}, environment={"MOOD": "keen"})
    slow = Contender(name="slow", entry=f"{HERE}:steady", options={"seconds": 0.2})
    outcome = hold_contest(contest(quick, slow), tmp_path)
    assert [len(timing.laps) for timing in outcome.timings] == [2, 2]
    assert outcome.timings[0].laps[0].facts == {"mood": "keen"}
    assert outcome.timings[1].laps[0].facts == {"mood": "none"}
    ratio = outcome.ratio(1)
    assert ratio.lowest <= ratio.median <= ratio.highest
    assert outcome.holds
    assert "prints to standard output" in (tmp_path / "0" / "log.txt").read_text()


def test_the_peak_of_memory_is_each_processs_own(tmp_path):
    size = 300_000_000
    big, small = (Contender(name=n, entry=f"{HERE}:hungry", options={"bytes": b}) for n, b in (("b", size), ("s", 10)))
    first, second = hold_contest(contest(big, small, rounds=1), tmp_path).timings
    assert first.peak_memory > first.idle_memory + 0.9 * size
    assert second.peak_memory < first.peak_memory - 0.8 * size


def test_a_contender_that_fails_is_named_with_what_it_printed(tmp_path):
    broken = Contender(name="broken", entry=f"{HERE}:failing")
    with pytest.raises(ContestError, match=r"(?s)'broken' gave no Lap.*out of ideas"):
        hold_contest(contest(broken), tmp_path)


def test_a_run_tells_its_ratios_its_machine_and_what_was_left_out(texts, tmp_path):
    results = run_suite(texts, QUICK, ("grid",), tmp_path, "python -m benchmarks --quick")
    assert results.not_run.keys() == {"alignment", "scoring", "ladder", "serving", "large", "soft", "cloze"}
    page = render(results)
    assert "| Grid of 2 x 2 2-shot trials at batch 8 |" in page
    assert "in groups" in page
    assert "| torch |" in page
    assert "packaged sample" in page
    told = as_json(results, texts.english.parent)
    assert '"english": "english.parquet"' in told
    assert str(texts.english.parent) not in told
