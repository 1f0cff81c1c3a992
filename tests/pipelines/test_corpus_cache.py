"""What a plan says of the cache is what the next run does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from zenml.client import Client

from console.plan import CorpusPlan, plan_file
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply
from crossprompt.translation.engines.pseudo import PseudoEngine
from infra.forecast import Fate, Forecast, StepForecast
from pipelines.corpus_cache import steps_of
from tests.pipelines.test_build_corpus import LITERAL, executed, job, turns
from tests.pipelines.workplace import Workplace

LANGUAGES = ("en-XA", "en-XF")
ALWAYS = {"publish_corpus"}


def plan(folder: Path, *locales: str, **factory: Any) -> CorpusPlan:
    """The plan of the small corpus."""
    sections = job(*locales)
    sections["factory"].update(factory)
    file = folder / "corpus.yaml"
    file.write_text(yaml.safe_dump({"parameters": sections}), encoding="utf-8")
    made = plan_file(file)
    assert isinstance(made, CorpusPlan)
    return made


def steps(made: CorpusPlan, fate: Fate) -> set[str]:
    return set(made.cache.named(fate))


@pytest.fixture(scope="module")
def built(zenml_stack: str) -> None:
    executed(**job(*LANGUAGES))


def shard_file(step: str) -> Path:
    """A file of what the step gave last."""
    (run,) = Client().list_run_steps(name=step, sort_by="desc:created", size=1, hydrate=True).items
    (artifact,) = run.outputs["translations"]
    return next(Path(artifact.uri).rglob("*.arrow"))


def test_a_corpus_that_was_built_is_all_in_the_cache(built: None, tmp_path: Path) -> None:
    made = plan(tmp_path, *LANGUAGES)
    assert (steps(made, Fate.RUNS), steps(made, Fate.FOLLOWS)) == (ALWAYS, set())
    assert len(steps(made, Fate.CACHED)) == len(made.cache.steps) - 1 == 9
    assert (made.work.to_do.calls, made.in_cache.utterances) == (0, 2 * turns())
    assert made.in_cache.characters == 2 * made.characters
    assert [language.disk.total for language in made.languages] == [0, 0]
    assert {step.stage for step in steps_of("en-XF", made.cache).steps.values()} == {
        *("translate_shard", "validate_language", "package_language"),
    }
    assert "taken" not in json.loads(made.model_dump_json())["cache"]


def test_a_new_language_alone_is_to_do_and_the_run_does_just_that(built: None, tmp_path: Path) -> None:
    made = plan(tmp_path, *LANGUAGES, "en-XG")
    assert steps(made, Fate.RUNS) == {"translate_en-XG_0", "translate_en-XG_1"} | ALWAYS
    assert steps(made, Fate.FOLLOWS) == {"validate_en-XG", "package_en-XG"}
    assert [language.work.to_do.utterances for language in made.languages] == [0, 0, turns()]
    assert executed(**job(*LANGUAGES, "en-XG")) == steps(made, Fate.RUNS) | steps(made, Fate.FOLLOWS)
    assert steps(plan(tmp_path, *LANGUAGES, "en-XG"), Fate.RUNS) == ALWAYS


def test_a_damaged_artifact_counts_as_not_there_and_looking_changes_nothing(built: None, tmp_path: Path) -> None:
    file = shard_file("translate_en-XF_1")
    right = file.read_bytes()
    file.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    made = plan(tmp_path, *LANGUAGES)
    assert steps(made, Fate.RUNS) == {"translate_en-XF_1"} | ALWAYS
    assert steps(made, Fate.FOLLOWS) == {"validate_en-XF", "package_en-XF"}
    whole, half = made.languages
    assert (whole.work.to_do.calls, half.in_cache.utterances + half.work.to_do.utterances) == (0, turns())
    assert 0 < half.work.to_do.utterances < turns()
    file.write_bytes(right)
    assert steps(plan(tmp_path, *LANGUAGES), Fate.RUNS) == ALWAYS
    file.write_bytes(right[:-1])
    # what follows comes from the cache after all: the shard comes out as before
    assert executed(**job(*LANGUAGES)) == steps(made, Fate.RUNS)
    assert steps(plan(tmp_path, *LANGUAGES), Fate.RUNS) == ALWAYS


def test_other_settings_are_not_in_the_cache(built: None, tmp_path: Path) -> None:
    expanded = [{"name": "memory"}, {"name": "pseudo", "options": {"expansion": 0.7}}]
    made = plan(tmp_path, *LANGUAGES, chain=expanded)
    assert steps(made, Fate.CACHED) == {"ingest_dialogues"}
    assert (made.in_cache.utterances, made.work.to_do.utterances) == (0, 2 * turns())


def test_steps_of_a_language_are_told_by_their_names() -> None:
    names = ("ingest_dialogues", "translate_de_0", "translate_de-DE_0", "validate_de_1", "measure_meaning_de")
    forecast = Forecast(steps={name: StepForecast(stage=name, fate=Fate.RUNS) for name in names})
    assert list(steps_of("de", forecast).steps) == ["translate_de_0", "validate_de_1", "measure_meaning_de"]
    assert list(steps_of("de-DE", forecast).steps) == ["translate_de-DE_0"]


def test_what_was_sent_again_stays_when_it_is_no_longer_asked_for(
    zenml_stack: str, private_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*, again: bool) -> tuple[set[str], int]:
        ran = executed(**patient(again))
        published = PublishedCorpus.model_validate_json((private_home / "published/sample/corpus.json").read_text())
        return ran, sum(language.rows for language in published.languages)

    def patient(again: bool) -> dict[str, Any]:
        sections = job("en-XH")
        chain = [{"name": "pseudo", "ledger": True}]
        sections["factory"] |= {"chain": chain, "dispatch": {"retry_failed": again}}
        return sections | {"validation": {"min_accepted_share": 0.1}}

    right = PseudoEngine.translate

    def refuse_one(self: PseudoEngine, call: TranslationCall) -> TranslationReply:
        if call.dialogue.dialogue_id == "1_00000":
            raise EngineError(Failure.DIALOGUE, "status_400", "it said no", billed=False)
        return right(self, call)

    shards = {"translate_en-XH_0", "translate_en-XH_1"}
    monkeypatch.setattr(PseudoEngine, "translate", refuse_one)
    assert run(again=False)[1] < turns()
    monkeypatch.undo()
    ran, rows = run(again=True)
    assert (ran >= shards, rows) == (True, turns())
    made = plan(tmp_path, "en-XH", **patient(again=False)["factory"])
    assert (steps(made, Fate.RUNS) & shards, made.work.to_do.calls) == (shards, 0)
    assert run(again=False) == (shards | ALWAYS, turns())
    assert steps(plan(tmp_path, "en-XH", **patient(again=True)["factory"]), Fate.RUNS) & shards == set()


@pytest.mark.soak
def test_the_literal_commands_agree(workplace: Workplace) -> None:
    workplace.executed(*LITERAL)
    made = workplace.planned(LITERAL[0])
    assert {name for name, step in made["cache"]["steps"].items() if step["fate"] != "cached"} == ALWAYS
    assert made["work"]["to_do"]["calls"] == 0
