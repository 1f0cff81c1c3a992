"""Contenders are measured once: shots and seeds in one group, tuned models one by one, killed and gone on with."""

from __future__ import annotations

import pytest
import torch

from crossprompt.comparison import keeping
from crossprompt.settings import SettingsError
from crossprompt.translator.measuring import Entry, measure
from crossprompt.trials.fine_tuning import fine_tune_softly
from crossprompt.trials.group import GroupError, train_together
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny
from tests.crossprompt.comparison.made_up import stopped_at, timeless
from tests.crossprompt.translator.study import bench, settings

LONGER = {"length": 2, "max_updates": 8, "looks": 4, "batch_size": 3, "learning_rate": 0.01}
CAREFUL = {**LONGER, "learning_rate": 1e-3}
"""A rate at which rounding that Adam makes large stays below the tolerance."""


@pytest.fixture(scope="module")
def undisturbed(tiny, tmp_path_factory):
    return measure(bench(tiny, tmp_path_factory.mktemp("undisturbed"), settings("MPT")), "MPT")


def test_every_number_of_shots_seed_and_language_is_measured(undisturbed):
    found = [(m.cell.shots, m.seed, m.answers.locale) for m in undisturbed]
    assert sorted(found) == [(k, s, x) for k in (1, 2) for s in (1, 2) for x in ("de", "en", "es")]
    assert {len(m.answers.ids) for m in undisturbed} == {6}
    assert {m.cell.contender for m in undisturbed} == {"MPT"}


def test_a_grid_of_shots_seeds_and_contenders_gets_what_each_gets_alone(tiny, tmp_path):
    """Shots, lengths, losses and templates differ, and all share each forward of the frozen backbone. One of three is
    trained alone, too, which is one of each contender, and of each number of shots and seed."""
    names = ("MPT", "SP", "MPT-length-3", "MPT-own", "MPT-target")
    made = bench(tiny, tmp_path, settings(*names, method=CAREFUL))
    trials = [Entry(made, name, shots).trial(seed) for name in names for shots in (1, 2) for seed in (1, 2)]
    together = train_together(trials, len(trials), progress=False)
    for trial, shared in list(zip(trials, together, strict=True))[::3]:
        (alone,) = train_together([trial], 1, progress=False)
        torch.testing.assert_close(shared.table, alone.table, atol=1e-5, rtol=1e-5)
        assert shared.numbers.best_update == alone.numbers.best_update
        for one, other in zip(shared.numbers.points, alone.numbers.points, strict=True):
            assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)
            assert one.dev_accuracy == other.dev_accuracy


def test_a_trial_that_stops_being_a_number_leaves_the_others_as_they_are(tiny, tmp_path):
    made = bench(tiny, tmp_path, settings("SP", method=CAREFUL))
    good = Entry(made, "SP", 1).trial(1)
    broken = Entry(made, "SP", 2).trial(2)
    object.__setattr__(broken, "make_prompt", lambda g: _nan(good.make_prompt(g)))
    first, second = train_together([broken, good], 2, progress=False)
    assert first.numbers.diverged_at == 1
    (alone,) = train_together([good], 1, progress=False)
    torch.testing.assert_close(second.table, alone.table, atol=1e-5, rtol=1e-5)


def _nan(prompt):
    torch.nn.init.constant_(prompt.source.vectors, float("nan"))
    return prompt


def test_trials_that_read_other_tokens_or_backbones_do_not_mix(tiny, tmp_path, tmp_path_factory):
    other = load_tiny(save_tiny(tmp_path_factory.mktemp("other")))
    study = settings("SP")
    trials = [Entry(bench(backbone, tmp_path, study), "SP", 1).trial(1) for backbone in (tiny, other)]
    with pytest.raises(GroupError, match="can't share a forward"):
        train_together(trials, 2, progress=False)


@pytest.mark.parametrize("name", ["PCT", "FT", "MPT-tuned"])
def test_tuned_contenders_leave_the_backbone_as_it_is(tiny, tmp_path, name):
    weights = [parameter.clone() for parameter in tiny.model.parameters()]
    measured = measure(bench(tiny, tmp_path, settings(name, shots=(1,), method=LONGER)), name)
    assert len(measured) == 2 * 3
    assert {own.updates for own in measured} == {8}
    assert all(torch.equal(a, b) for a, b in zip(weights, tiny.model.parameters(), strict=True))


@pytest.mark.parametrize("name", ["PCT", "MPT-tuned"])
def test_a_backbone_that_is_tuned_with_a_cloze_question_learns(tiny, tmp_path, name):
    made = bench(tiny, tmp_path, settings(name, shots=(1,), method={**LONGER, "max_updates": 40}))
    points = Entry(made, name, 1).tuned(1).numbers.points
    assert min(point.train_loss for point in points[1:]) < points[0].train_loss


def test_a_tuned_model_answers_as_its_best_state(tiny, tmp_path):
    made = Entry(bench(tiny, tmp_path, settings("MPT-tuned", method=LONGER)), "MPT-tuned", 1)
    tuned = fine_tune_softly(made.trial(1), progress=False)
    assert made.task(1).dev_score(tuned.encode, tuned.head) == tuned.numbers.best_dev_accuracy


def test_what_is_there_is_not_computed_again(tiny, tmp_path, monkeypatch, undisturbed):
    study = settings("MPT")
    assert timeless(measure(bench(tiny, tmp_path, study), "MPT")) == timeless(undisturbed)

    def refuse(*_args, **_kwargs):
        raise AssertionError("computed again")

    monkeypatch.setattr(keeping, "train_together", refuse)
    assert timeless(measure(bench(tiny, tmp_path, study), "MPT")) == timeless(undisturbed)
    with pytest.raises(AssertionError, match="computed again"):
        measure(bench(tiny, tmp_path, study, "2"), "MPT")


@pytest.mark.parametrize("stop_at", [1, 5, 11])
def test_an_interrupted_contender_ends_with_the_same_results(tiny, tmp_path, monkeypatch, undisturbed, stop_at):
    with stopped_at(stop_at):
        measure(bench(tiny, tmp_path, settings("MPT")), "MPT")
    trained = []
    monkeypatch.setattr(keeping, "train_together", lambda trials, **_: trained.extend(trials) or ())
    assert timeless(measure(bench(tiny, tmp_path, settings("MPT")), "MPT")) == timeless(undisturbed)
    assert trained == []


def test_more_seeds_and_shots_leave_what_is_measured(tiny, tmp_path, undisturbed):
    measure(bench(tiny, tmp_path, settings("MPT", shots=(2,))), "MPT")
    second = measure(bench(tiny, tmp_path, settings("MPT")), "MPT")
    for one, other in zip(second, undisturbed, strict=True):
        assert one.fingerprint == other.fingerprint
        assert one.answers == other.answers


def test_another_contender_or_setting_is_another_result(tiny, tmp_path):
    names = ("MPT", "MPT-target", "SP", "PCT", "FT", "MPT-own", "MPT-alpha-1", "MPT-unlabelled", "MPT-length-3")
    made = bench(tiny, tmp_path, settings(*names))
    fingerprints = {Entry(made, name, shots).store.fingerprint for name in names for shots in (1, 2)}
    assert len(fingerprints) == 2 * len(names)


def test_a_contender_in_no_cell_has_no_results(tiny, tmp_path):
    assert measure(bench(tiny, tmp_path, settings("MPT")), "SP") == []


def test_the_budget_counts_pairs_where_they_are_read():
    study = settings("MPT", "SP", method={"batch_size": 24})
    mpt, plain = study.contender("MPT"), study.contender("SP")
    assert mpt.training(12, 500).max_updates == 50 * 21
    assert plain.training(12, 500).max_updates == 50
    assert mpt.model_copy(update={"alpha": 1.0}).training(12, 500).max_updates == 50
    assert plain.model_copy(update={"updates": 1050}).training(12, 0).max_updates == 1050
    assert mpt.model_copy(update={"max_updates": 100}).training(12, 500).max_updates == 100


def test_wrong_contenders_are_named():
    with pytest.raises(SettingsError, match="no contender 'XYZ'"):
        settings("XYZ")
    study = settings("MPT", contenders={"MPT": {"alpha": 2}})
    with pytest.raises(SettingsError, match=r"study\.contenders\.MPT\.alpha"):
        study.contender("MPT")
    nested = settings("MPT", contenders={"MPT": {"translator": {"kind": "dictionary"}}})
    with pytest.raises(SettingsError, match=r"study\.contenders\.MPT\.translator\.kind"):
        nested.contender("MPT")
