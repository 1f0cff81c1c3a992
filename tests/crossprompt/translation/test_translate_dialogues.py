"""Whole dialogues in, one row per turn out: calls, counts, skipping and refusing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Self

import pytest
from datasets import Dataset

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import (
    Engine,
    EngineError,
    EngineFolders,
    Failure,
    TranslationCall,
    TranslationReply,
    engine_locales,
)
from crossprompt.translation.engines.memory import MemoryEngine
from crossprompt.translation.rows import TRANSLATION_FEATURES, Nature
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import TranslationTally, iterate_translations, translate_with_coverage


def make_dialogue(texts: list[str], dialogue_id: str = "7_00001", split: str = "train") -> Dialogue:
    speakers = (Speaker.USER, Speaker.SYSTEM)
    turns = tuple(Turn(speakers[number % 2], text) for number, text in enumerate(texts))
    return Dialogue(split, dialogue_id, ("Parks_1",), turns)


LONG = make_dialogue([f"This is turn {number}." for number in range(230)], "7_00002")


class ScriptedEngine(Engine):
    """Answers with a function and records its calls."""

    nature: ClassVar[Nature] = Nature.TRANSLATED

    def __init__(self, answer: Callable[[TranslationCall], TranslationReply] | None = None) -> None:
        self.calls: list[TranslationCall] = []
        self._answer = answer or (lambda call: TranslationReply(tuple(t.utterance[::-1] for t in call.turns)))

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        return cls()

    @property
    def revision(self) -> str:
        return "scripted"

    def locales(self) -> tuple[str, ...]:
        return ("sw-KE",)

    def translate(self, call: TranslationCall) -> TranslationReply:
        self.calls.append(call)
        return self._answer(call)


class WholeEngine(ScriptedEngine):
    needs_whole_dialogue: ClassVar[bool] = True


SKIP = TranslationSettings(missing="skip")


def test_rows_have_the_declared_features(park_table: Dataset) -> None:
    rows, coverage = translate_with_coverage(park_table, "sw-KE", ScriptedEngine(), TranslationSettings())
    assert rows.features == TRANSLATION_FEATURES
    assert rows[0] == {
        "split": "train",
        "dialogue_id": "7_00001",
        "turn": 0,
        "locale": "sw-KE",
        "speaker": "USER",
        "source": "Is Elm Park open?",
        "target": "?nepo kraP mlE sI",
        "slots": [{"slot": "park", "value": "Elm Park"}],
        "engine": ScriptedEngine.engine_name(),
        "nature": "translated",
    }
    assert coverage.model_dump() == {
        "locale": "sw-KE",
        "engine": ScriptedEngine.engine_name(),
        "revision": "scripted",
        "nature": Nature.TRANSLATED,
        "dialogues": 1,
        "covered": 1,
        "utterances": 4,
        "characters": 61,
        "calls": 1,
        "skipped": (),
    }


def test_a_long_dialogue_goes_in_calls_with_all_of_it_as_context() -> None:
    engine = ScriptedEngine()
    rows, coverage = translate_with_coverage(dialogues_to_dataset([LONG]), "sw-KE", engine, TranslationSettings())
    assert [(call.start, call.stop) for call in engine.calls] == [(0, 100), (100, 200), (200, 230)]
    assert all(call.dialogue == LONG for call in engine.calls)
    assert rows["turn"][:] == list(range(230))
    assert rows["target"][:] == [turn.utterance[::-1] for turn in LONG.turns]
    assert (coverage.calls, coverage.characters) == (3, sum(len(turn.utterance) for turn in LONG.turns))


def test_an_engine_that_needs_the_whole_dialogue_refuses_a_longer_one() -> None:
    rows, coverage = translate_with_coverage(dialogues_to_dataset([LONG]), "sw-KE", WholeEngine(), SKIP)
    assert (len(rows), coverage.reasons, coverage.calls) == (0, {"too_long": 1}, 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda targets: targets[:-1], "not_one_for_one"),
        (lambda targets: (*targets, "more"), "not_one_for_one"),
        (lambda targets: (), "not_one_for_one"),
        (lambda targets: (targets[0], None, *targets[2:]), "missing_target"),
    ],
)
def test_replies_must_be_one_for_one(
    park_table: Dataset, change: Callable[[tuple[str, ...]], tuple[str | None, ...]], reason: str
) -> None:
    def answer(call: TranslationCall) -> TranslationReply:
        return TranslationReply(change(tuple(turn.utterance for turn in call.turns)))

    rows, coverage = translate_with_coverage(park_table, "sw-KE", ScriptedEngine(answer), SKIP)
    assert (len(rows), coverage.covered, coverage.reasons) == (0, 0, {reason: 1})
    with pytest.raises(EngineError, match=r"dialogue train/7_00001: .*set translation\.missing to 'skip'") as caught:
        translate_with_coverage(park_table, "sw-KE", ScriptedEngine(answer), TranslationSettings())
    assert caught.value.reason == reason


def test_other_sources_must_be_one_for_one_and_by_the_same_speakers(park_table: Dataset) -> None:
    def swapped(call: TranslationCall) -> TranslationReply:
        return TranslationReply(("x",) * 4, tuple(reversed(call.turns)))

    def fewer(call: TranslationCall) -> TranslationReply:
        return TranslationReply(("x",) * 4, call.turns[:3])

    for answer, reason in ((swapped, "other_speaker"), (fewer, "not_one_for_one")):
        _, coverage = translate_with_coverage(park_table, "sw-KE", ScriptedEngine(answer), SKIP)
        assert coverage.reasons == {reason: 1}


@pytest.mark.parametrize("failure", [Failure.TRANSIENT, Failure.FATAL])
def test_failures_of_the_engine_are_never_skipped(park_table: Dataset, failure: Failure) -> None:
    def fail(call: TranslationCall) -> TranslationReply:
        raise EngineError(failure, "down", "no answer", retry_after=3.0)

    with pytest.raises(EngineError, match="sw-KE, dialogue train/7_00001: no answer") as caught:
        translate_with_coverage(park_table, "sw-KE", ScriptedEngine(fail), SKIP)
    assert (caught.value.failure, caught.value.retry_after) == (failure, 3.0)


def test_a_memory_that_lacks_a_unit_covers_the_other_dialogues(write_tmx: Callable[..., Path]) -> None:
    body = (
        '<tu><tuv xml:lang="en"><seg>Hello</seg></tuv><tuv xml:lang="sw-KE"><seg>Habari</seg></tuv></tu>'
        '<tu><tuv xml:lang="en"><seg>Hi</seg></tuv><tuv xml:lang="fr-FR"><seg>Salut</seg></tuv></tu>'
    )
    engine = MemoryEngine(write_tmx(body, srclang="en"))
    table = dialogues_to_dataset([make_dialogue(["Hello", "Hi"], "7_1"), make_dialogue(["HELLO "], "7_2")])
    rows, coverage = translate_with_coverage(table, "sw-KE", engine, SKIP)
    assert rows["dialogue_id"][:] == ["7_2"]
    assert coverage.dialogues == coverage.covered + len(coverage.skipped) == 2
    assert [(s.dialogue_id, s.reason) for s in coverage.skipped] == [("7_1", "missing_target")]
    with pytest.raises(EngineError, match="memory engine, sw-KE, dialogue train/7_1: turn 1 has no target: 'Hi'"):
        translate_with_coverage(table, "sw-KE", engine, TranslationSettings())


def test_only_the_wanted_splits_are_translated() -> None:
    table = dialogues_to_dataset([make_dialogue(["Hello"], split=split) for split in ("train", "dev", "test")])
    settings = TranslationSettings(splits=("dev", "test"))
    rows, coverage = translate_with_coverage(table, "sw-KE", ScriptedEngine(), settings)
    assert (rows["split"][:], coverage.dialogues) == (["dev", "test"], 2)


def test_targets_are_never_changed(park_table: Dataset) -> None:
    odd = (" e\u0301 ", "", "\ufffd", "\u200b")
    engine = ScriptedEngine(lambda call: TranslationReply(odd))
    rows, _ = translate_with_coverage(park_table, "sw-KE", engine, TranslationSettings())
    assert tuple(rows["target"]) == odd


def test_a_locale_that_the_engine_lacks_is_an_error(park_table: Dataset) -> None:
    with pytest.raises(SettingsError, match="does not offer 'fr-FR'"):
        translate_with_coverage(park_table, "fr-FR", ScriptedEngine(), TranslationSettings())


def test_an_engine_that_costs_money_is_not_called_without_a_ledger(park_table: Dataset) -> None:
    class PaidEngine(ScriptedEngine):
        paid: ClassVar[bool] = True

    engine = PaidEngine()
    with pytest.raises(SettingsError, match=r"cost money, and this job keeps no ledger.*build_corpus"):
        translate_with_coverage(park_table, "sw-KE", engine, TranslationSettings())
    assert engine.calls == []
    google = EngineSettings(name="google", options={"project": "made-up"})
    with pytest.raises(SettingsError, match="the google engine cost money"):
        engine_locales(TranslationSettings(engine=google))


def test_rows_stream_one_dialogue_at_a_time() -> None:
    engine = ScriptedEngine()
    dialogues = (make_dialogue(["Hello"], f"7_{number}") for number in range(1_000_000))
    rows = iterate_translations(dialogues, "sw-KE", engine, TranslationSettings(), TranslationTally())
    assert next(rows)["dialogue_id"] == "7_0"
    assert len(engine.calls) == 1


def test_many_rows_through_a_file_equal_those_in_memory(tmp_path: Path) -> None:
    table = dialogues_to_dataset([make_dialogue(["Hello", "Hi"] * 50, f"7_{number}") for number in range(25)])
    file = tmp_path / "rows.arrow"
    on_disk, _ = translate_with_coverage(table, "sw-KE", ScriptedEngine(), TranslationSettings(), file)
    in_memory, _ = translate_with_coverage(table, "sw-KE", ScriptedEngine(), TranslationSettings())
    assert len(on_disk) == 2500
    assert on_disk.to_list() == in_memory.to_list()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.arrow"]


def test_no_dialogues_give_an_empty_table_of_the_same_features() -> None:
    rows, coverage = translate_with_coverage(dialogues_to_dataset([]), "sw-KE", ScriptedEngine(), TranslationSettings())
    assert (len(rows), rows.features, coverage.dialogues) == (0, TRANSLATION_FEATURES, 0)
