"""Few-shot splits: published as they are, drawn by seed without overlap."""

from __future__ import annotations

import pytest

from crossprompt.tasks.shots import TaskDataError
from crossprompt.translator.examples import FewShots, unlabelled_pairs
from crossprompt.translator.lines import Line, line_rows, read_line
from crossprompt.translator.settings import ShotSettings
from tests.crossprompt.translator.study import pairs


def test_published_splits_are_the_same_for_every_seed():
    shots = FewShots(pairs(), ShotSettings())
    one, other = shots.take(2, 1), shots.take(2, 2)
    assert one == other
    assert len(one.train) == len(one.dev) == 6
    assert sorted(one.train.labels) == [0, 0, 1, 1, 2, 2]
    assert read_line(one.train.texts[0]).locale == "en"
    assert one.labels == ("contradiction", "entailment", "neutral")


def test_drawn_examples_are_balanced_and_apart():
    shots = FewShots(pairs(), ShotSettings(source="drawn"))
    draws = [shots.take(1, seed) for seed in range(8)]
    for data in draws:
        assert sorted(data.train.labels) == sorted(data.dev.labels) == [0, 1, 2]
        assert not set(data.train.texts) & set(data.dev.texts)
    assert len({data.train.texts for data in draws}) > 1
    assert shots.take(1, 3) == draws[3]


def test_too_many_are_refused():
    with pytest.raises(TaskDataError, match=r"no published train split of 3 shots; there are some of \[1, 2\]"):
        FewShots(pairs(), ShotSettings()).take(3, 0)
    with pytest.raises(TaskDataError, match="has 2 pairs of 'contradiction'; 2 for training and 2"):
        FewShots(pairs(), ShotSettings(source="drawn")).take(2, 0)


def test_lines_go_there_and_back():
    line = Line("sw", "One\ttwo.", "Three.")
    assert read_line(line.text) == Line("sw", "One two.", "Three.")
    table = line_rows(pairs())
    assert set(table["partition"].to_pylist()) == {"dev", "test"}
    assert table.num_rows == 3 * 12


def test_unlabelled_pairs_are_parallel_and_take_languages_in_turn():
    found = unlabelled_pairs(line_rows(pairs()), ["de", "es"])
    assert [other.locale for _, other in found] == ["de", "es"] * 3
    assert {english.locale for english, _ in found} == {"en"}
    assert found[0][0].second == "The shop is open before noon."
    assert found[0][1].second == "Der Laden ist vor Mittag offen."
