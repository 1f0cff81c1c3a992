from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from crossprompt.pretraining.text import PretrainingTextError
from crossprompt.settings import SettingsError
from crossprompt.tuning.settings import TuningSettings
from pipelines.kinds import kind_of
from pipelines.plan import Experiment, make_plan
from pipelines.pretraining_plan import Pretraining, make_pretraining_plan
from tests.conftest import ROOT

ELSEWHERE = ("airflow", "kube")
"""How the names of configurations begin that are for other machines than this one."""
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


def sections(file: Path) -> dict[str, object]:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["parameters"])


def load(name: str) -> Experiment:
    return Experiment.from_sections(**sections(ROOT / "configs" / f"{name}.yaml"))


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_configuration_is_valid_and_says_what_it_costs(file: Path) -> None:
    platform = (
        {"execution_mode", "schedule", "secrets", "settings", "steps"} if file.stem.startswith(ELSEWHERE) else set()
    )
    assert set(yaml.safe_load(file.read_text(encoding="utf-8"))) <= {"parameters"} | platform
    found = sections(file)
    kind_of(found).from_sections(**found)
    cost = file.read_text(encoding="utf-8").partition("# Measured cost:")[2]
    assert re.match(r" *(not|[0-9a-z])[^A-Z_]", cost), "say what it costs, or that it was not measured"


def test_the_default_configuration_writes_out_the_defaults() -> None:
    assert load("align_and_eval") == Experiment()
    assert set(sections(ROOT / "configs" / "align_and_eval.yaml")) == set(Experiment.model_fields)


def test_a_configuration_is_known_by_its_sections() -> None:
    assert kind_of(sections(ROOT / "configs" / "smoke.yaml")) is Experiment
    assert kind_of(sections(ROOT / "configs" / "pretrain_mini.yaml")) is Pretraining
    assert kind_of([]) is Experiment


def test_the_recipe_reads_nothing_but_training_text_that_it_may() -> None:
    recipe = Pretraining.from_sections(**sections(ROOT / "configs" / "pretrain_mini.yaml"))
    assert recipe.corpora() == {"utterances": "massive", "dialogues": "sgd", "sentences": "sib-200"}
    assert recipe.package.max_bytes <= 30_000_000
    for corpus in ("cod", "tatoeba"):
        with pytest.raises(PretrainingTextError, match=f"'{corpus}' must not be trained on"):
            make_pretraining_plan(Pretraining.from_sections(text={"dialogues": {"corpus": corpus}}))


def test_the_version_without_pairs_differs_in_its_objectives_alone() -> None:
    recipe, alone = (
        Pretraining.from_sections(**sections(ROOT / "configs" / f"{name}.yaml"))
        for name in ("pretrain_mini", "pretrain_mini_mlm_only")
    )
    assert not alone.objectives.uses_pairs
    changes = {"objectives": recipe.objectives, "package": recipe.package}
    assert alone.model_copy(update=changes) == recipe


def test_a_wrong_data_root_is_a_sentence_like_any_other() -> None:
    with pytest.raises(SettingsError, match=r"^parameters\.data_root: .*valid string \(got 5\)"):
        Experiment.from_sections(data_root=5)


def test_no_secret_of_an_address_is_shown() -> None:
    address = "https://me:secret@example.org/sgd.zip?token=secret"
    experiment = Experiment.from_sections(
        dialogues={"source": {"corpus": "sgd", "location": address}},
        translation={"engine": {"source": {"corpus": "cod", "location": address}}},
        tuning={"storage": "postgresql://me:secret@example.org/studies"},
    )
    shown = experiment.shown()
    assert "secret" not in str(shown)
    assert shown["dialogues"]["source"]["location"] == "https://example.org/sgd.zip"
    assert shown["tuning"]["storage"] == "postgresql://example.org/studies"
    assert Experiment().shown() == Experiment().model_dump(mode="json")


def test_paper_has_the_papers_setting() -> None:
    paper = load("paper")
    assert paper.backbone.name == "FacebookAI/xlm-roberta-large"
    assert len(paper.backbone.revision or "") == 40
    assert (paper.alignment.prompt.length, paper.alignment.batch_size, paper.alignment.epochs) == (16, 64, 10)
    assert paper.alignment.max_steps is None
    assert paper.alignment.learning_rate == 1e-3
    assert paper.tuning.learning_rates == TuningSettings().learning_rates
    assert len(paper.task.seeds) == 5


def test_massive_keeps_cods_english_apart_and_its_test_set_out_of_alignment() -> None:
    massive = load("massive")
    assert massive.dialogues.source.corpus == "sgd"
    assert massive.utterances.source.corpus == "massive"
    assert massive.translation.engine.name == "corpus"
    assert massive.translation.splits == ("dev",)
    assert massive.alignment.utterance_pairs
    assert massive.alignment.monolingual_share > 0
    assert (massive.alignment.max_steps or 0) <= 3000
    assert massive.task.shots == 5
    assert len(massive.task.seeds) == 5
    assert massive.evaluation.max_utterances is None


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        ("task", {"shotz": 3}, r"task\.shotz: no such setting; task has batch_size, .*shots"),
        ("alignment", {"prompt": {"length": 0}}, r"alignment\.prompt\.length: .*greater than or equal to 1 \(got 0\)"),
        ("validation", {"failed_locale": "ignore"}, r"validation\.failed_locale: .*'stop' or 'drop'"),
        ("translation", ["sw-KE"], r"translation: .*"),
    ],
)
def test_a_wrong_setting_names_the_field_and_the_valid_values(section: str, values: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Experiment.from_sections(**{section: values})


def test_a_locale_that_the_engine_lacks_is_named() -> None:
    with pytest.raises(SettingsError, match=r"translation\.locales.*'tlh-XX'"):
        make_plan(Experiment.from_sections(translation={"locales": ["tlh-XX"]}))


def test_the_place_of_a_source_is_no_parameter(tmp_path: Path) -> None:
    sample = ROOT / "crossprompt" / "assets" / "sample"
    (tmp_path / "copy").symlink_to(sample)
    here = make_plan(Experiment())
    there = make_plan(Experiment.from_sections(dialogues={"source": {"location": str(tmp_path / "copy")}}))
    assert here.dialogues.parameters == there.dialogues.parameters
    assert here.dialogues.places != there.dialogues.places


def test_one_more_language_changes_no_parameter_of_the_others() -> None:
    one = make_plan(Experiment.from_sections(translation={"locales": ["sw-KE"]}))
    two = make_plan(Experiment.from_sections(translation={"locales": ["sw-KE", "de-DE"]}))
    assert one.translations["sw-KE"] == two.translations["sw-KE"]
    assert (one.locales, two.locales) == (("sw-KE",), ("sw-KE", "de-DE"))
