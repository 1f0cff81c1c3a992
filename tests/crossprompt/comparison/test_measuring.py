"""Cells are measured once: fresh prompts, aligned ones and fine-tuning, killed and gone on with."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from crossprompt.comparison import measuring
from crossprompt.comparison.contenders import Way, fresh_length, is_matched, way_of
from crossprompt.comparison.measuring import Bench, ContenderError, measure
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.settings import SettingsError
from crossprompt.trials.settings import FineTuningSettings
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import open_storage
from tests.crossprompt.comparison.made_up import stopped_at, timeless
from tests.crossprompt.sample_task import QUICK, mini, sample_task, sample_utterances

TUNING = TuningSettings(learning_rates=(1e-2, 1e-3), seeds=(0,), heartbeat_seconds=1)
SETTINGS = MeasuringSettings(
    training=QUICK.model_copy(update={"max_updates": 2}),
    tuning=TUNING,
    fine_tuning=FineTuningSettings(learning_rates=(1e-3,), epochs=1),
)
PLAN = CellSettings(task="intent", shots=2, contenders=("FT-matched", "PT", "APT"), max_utterances=5)
LOCALES = ("de-DE", "en-US")


def bench(folder, **changes):
    prompt = torch.randn(mini().prompt_shape(4).sizes, generator=torch.Generator().manual_seed(3))
    made = Bench(
        task=sample_task(),
        table=sample_utterances().with_format("arrow")[:],
        locales=LOCALES,
        prompts={"APT": prompt},
        settings=SETTINGS,
        results=ResultFolder(folder / "results"),
        storage=open_storage(TUNING, folder),
        code_version="1",
    )
    return dataclasses.replace(made, **changes)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return measure(bench(tmp_path_factory.mktemp("undisturbed")), PLAN)


def test_every_contender_seed_and_locale_is_measured(undisturbed):
    found = [(m.cell.contender, m.seed, m.answers.locale) for m in undisturbed]
    assert found == [(name, seed, locale) for name in PLAN.contenders for seed in (0, 1) for locale in LOCALES]
    assert all((m.cell.task, m.cell.shots, len(m.answers.ids)) == ("intent", 2, 5) for m in undisturbed)
    assert {m.learning_rate for m in undisturbed if m.cell.contender == "FT-matched"} == {1e-3}
    assert {m.learning_rate for m in undisturbed} <= {1e-2, 1e-3}
    assert len({m.fingerprint for m in undisturbed}) == 3


def test_what_is_there_is_not_computed_again(tmp_path, monkeypatch, undisturbed):
    assert timeless(measure(bench(tmp_path), PLAN)) == timeless(undisturbed)

    def refuse(*_args, **_kwargs):
        raise AssertionError("computed again")

    for name in ("train_group", "fine_tune", "run_grid"):
        monkeypatch.setattr(measuring, name, refuse)
    assert timeless(measure(bench(tmp_path), PLAN)) == timeless(undisturbed)


@pytest.mark.parametrize("stop_at", [1, 6, 9])
def test_an_interrupted_cell_ends_with_the_same_results(tmp_path, monkeypatch, undisturbed, stop_at):
    with stopped_at(stop_at):
        measure(bench(tmp_path), PLAN)
    trained = []
    train = measuring.train_group
    monkeypatch.setattr(measuring, "train_group", lambda *a, **k: trained.append(a[1]) or train(*a, **k))
    assert timeless(measure(bench(tmp_path), PLAN)) == timeless(undisturbed)
    assert len(trained) == {1: 2, 6: 1, 9: 0}[stop_at]


def test_a_damaged_file_and_other_code_are_measured_again(tmp_path, undisturbed, caplog):
    place = bench(tmp_path)
    only = PLAN.model_copy(update={"contenders": ("PT",)})
    first = measure(place, only)
    path = place.results.path(first[0].cell, 0, "de-DE")
    path.write_bytes(path.read_bytes()[:-9])
    assert timeless(measure(place, only)) == timeless(first)
    assert "is no whole result file" in caplog.text
    other = measure(dataclasses.replace(place, code_version="2"), only)
    assert {m.fingerprint for m in other}.isdisjoint({m.fingerprint for m in first})


def test_an_aligned_contender_without_a_prompt_is_refused(tmp_path):
    with pytest.raises(
        ContenderError, match="contender APT-mlm-only needs an aligned prompt of that name; there are APT"
    ):
        measure(bench(tmp_path), PLAN.model_copy(update={"contenders": ("APT-mlm-only",)}))


def test_names_say_what_is_trained():
    ways = {"FT": Way.FINE_TUNING, "FT-matched": Way.FINE_TUNING, "PT": Way.FRESH, "PT-length-8": Way.FRESH}
    ways |= {"APT": Way.ALIGNED, "APT-mlm-only": Way.ALIGNED}
    assert {name: way_of(name) for name in ways} == ways
    assert (is_matched("FT-matched"), is_matched("FT")) == (True, False)
    assert (fresh_length("PT-length-8", 16), fresh_length("PT", 16)) == (8, 16)
    with pytest.raises(SettingsError, match="'LoRA' is no way to tune; there are FT, FT-matched, PT"):
        CellSettings.parse({"task": "intent", "contenders": ["LoRA"]}, "cell")


def test_a_cell_has_its_own_shots_and_may_have_its_own_budget():
    plan = CellSettings(task="intent", shots=None, contenders=("PT",), max_updates=9)
    training = plan.training(SETTINGS.training)
    assert (training.shots, training.max_updates, training.batch_size) == (None, 9, QUICK.batch_size)
    assert (plan.name, PLAN.name) == ("intent_all", "intent_2")
