"""What a user can get wrong ends in one sentence that says what was wrong, where, and what to do; never in success.

Most mistakes are driven through the pipeline's plan and the steps' own functions; two go through the literal command,
one while the run is laid out and one inside a step.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from infra.errors import explanation
from pipelines.plan import Experiment, Stage, make_plan
from steps.validate_translations import validate_translations
from tests.conftest import ROOT
from tests.pipelines.workplace import Workplace

SAMPLE = ROOT / "crossprompt" / "assets" / "sample"
Sections = dict[str, dict[str, Any]]


def sentence(act: Callable[[], object]) -> str:
    """What the command line says when ``act`` fails: one line."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - any error is right that is explained
        act()
    said = explanation(caught.value)
    assert said is not None, f"not explained: {caught.value!r}"
    assert said.startswith("Error: ")
    assert "\n" not in said
    return said


@pytest.fixture
def run_step(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Calls a step's function with the parameters and places of its stage."""

    def run(name: str, stage: Stage, *inputs: Any) -> Any:
        module = import_module(f"steps.{name}")
        for target in ("steps.places", "steps.study_storage", module.__name__):
            monkeypatch.setattr(f"{target}.given_place", dict(stage.places).__getitem__)
        return getattr(module, name).entrypoint(*inputs, **stage.parameters)

    return run


def plan_of(**sections: Any) -> Any:
    return make_plan(Experiment.from_sections(**sections))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The sample's dialogues as a zip archive."""
    return Path(shutil.make_archive(str(tmp_path / "sgd"), "zip", SAMPLE / "sgd"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The sample's utterances in two languages, in MASSIVE's layout."""
    data = tmp_path / "massive" / "1.1" / "data"
    data.mkdir(parents=True)
    for locale in ("en-US", "sw-KE"):
        shutil.copy(SAMPLE / "massive" / "1.1" / "data" / f"{locale}.jsonl", data)
    return tmp_path / "massive"


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"task": {"shotz": 3}}, ["task.shotz: no such setting", "shots"]),
        ({"alignment": {"batch_size": 0}}, ["alignment.batch_size", "greater than or equal to", "got 0"]),
        ({"validation": {"min_accepted_share": 1.5}}, ["validation.min_accepted_share", "less than or equal to 1"]),
        ({"translation": {"engine": {"name": "babel"}}}, ["no engine 'babel'", "corpus, ", "pseudo"]),
        ({"translation": {"locales": ["tlh-XX"]}}, ["translation.locales", "tlh-XX"]),
        (
            {"dialogues": {"source": {"location": "no/such.zip"}}},
            ["source.location: there is no", "no/such.zip", "give"],
        ),
        ({"dialogues": {"source": {"corpus": "sdg"}}}, ["sdg", "sgd"]),
        ({"data_root": "/no/such/folder"}, ["data_root: there is no folder /no/such/folder"]),
        ({"backbone": {"name": "no/such/folder"}}, ["no/such/folder", "folder", "mini"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_named_while_the_run_is_laid_out(sections: Sections, says: list[str]) -> None:
    said = sentence(lambda: plan_of(**sections))
    assert [part for part in says if part not in said] == []


def test_a_wrong_checksum_names_the_file_and_both_checksums(archive: Path) -> None:
    source = {"corpus": "sgd", "location": str(archive), "sha256": "0" * 64}
    said = sentence(lambda: plan_of(dialogues={"source": source}))
    assert str(archive) in said
    assert "0" * 64 in said
    assert hashlib.sha256(archive.read_bytes()).hexdigest() in said


def test_a_backbone_that_is_no_masked_lm_is_refused(tmp_path: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).touch()
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "xlm-roberta", "architectures": ["XLMRobertaModel"]})
    )
    said = sentence(lambda: plan_of(backbone={"name": str(tmp_path)}))
    assert "is no masked language model" in said
    assert "XLMRobertaModel" in said


def test_a_truncated_archive_is_named(archive: Path, run_step: Callable[..., Any]) -> None:
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    plan = plan_of(dialogues={"source": {"corpus": "sgd", "location": str(archive)}})
    said = sentence(lambda: run_step("ingest_dialogues", plan.dialogues))
    assert str(archive) in said


def test_a_locale_without_a_file_is_named(corpus: Path, run_step: Callable[..., Any]) -> None:
    source = {"corpus": "massive", "location": str(corpus)}
    plan = plan_of(utterances={"source": source, "locales": ["en-US", "de-DE"]})
    said = sentence(lambda: run_step("ingest_utterances", plan.utterances))
    assert "no file data/de-DE.jsonl" in said
    assert "it has en-US, sw-KE" in said


def test_an_unknown_label_in_test_is_named(corpus: Path, run_step: Callable[..., Any]) -> None:
    file = corpus / "1.1" / "data" / "sw-KE.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    spoilt = next(row for row in rows if row["partition"] == "test")
    spoilt["intent"] = "juggle_plates"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    plan = plan_of(utterances={"source": {"corpus": "massive", "location": str(corpus)}})
    said = sentence(lambda: run_step("ingest_utterances", plan.utterances))
    assert f"juggle_plates (sw-KE test, id {spoilt['id']})" in said


def test_a_language_under_its_share_stops_the_run(run_step: Callable[..., Any]) -> None:
    plan = plan_of(translation={"locales": ["sw-KE"]})
    dialogues, _, _ = run_step("ingest_dialogues", plan.dialogues)
    swahili, _ = run_step("translate_dialogues", plan.translations["sw-KE"], dialogues, "sw-KE")
    mistaken: Dataset = swahili.map(lambda row: {"locale": "de-DE"})
    gate = validate_translations.entrypoint
    said = sentence(lambda: gate(dialogues, [mistaken], plan.experiment.validation, ["de-DE"]))
    assert "de-DE: " in said
    assert "90 % required" in said
    assert "validation.failed_locale" in said


def command_says(workplace: Workplace, config: Path, parameters: Sections) -> str:
    """The last line of the literal command, which must fail without a stack trace."""
    config.write_text(json.dumps({"parameters": parameters}), encoding="utf-8")
    ended = workplace.run(str(config))
    assert ended.returncode == 1
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.stderr.strip().splitlines()[-1]


def test_the_command_explains_a_wrong_setting(workplace: Workplace, tmp_path: Path) -> None:
    said = command_says(workplace, tmp_path / "mine.yaml", {"task": {"shotz": 3}})
    assert said.startswith("Error: task.shotz: no such setting; task has ")


def test_the_command_explains_what_fails_inside_a_step(workplace: Workplace, archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    source = {"corpus": "sgd", "location": str(archive)}
    said = command_says(workplace, tmp_path / "mine.yaml", {"dialogues": {"source": source}})
    assert said.startswith("Error: ")
    assert str(archive) in said
