"""Parallel dialogues in COD's layout: found by split and id, and only where both sides agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.corpora.settings import SourceSettings
from crossprompt.translation.engine import Engine, EngineError, Failure, engine_locales, load_engine
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_with_coverage

Turns = list[tuple[str, str]]
ENGLISH: Turns = [("USER", "A cab to Elm Park, please."), ("SYSTEM", "It costs 9 pounds.")]
SWAHILI: Turns = [("USER", "Teksi hadi Bustani ya Uhuru."), ("SYSTEM", "Ni shilingi 500.")]


def raw(turns: Turns, dialogue_id: str = "7_00001", spans: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    frames = [{"service": "Taxi_1", "slots": spans or [], "actions": []}]
    said = [
        {"speaker": who, "utterance": text, "frames": frames if n == 0 else []} for n, (who, text) in enumerate(turns)
    ]
    return {"dialogue_id": dialogue_id, "services": ["Taxi_1"], "turns": said}


def asked(turns: Turns = ENGLISH, dialogue_id: str = "7_00001", split: str = "dev") -> Dialogue:
    said = tuple(Turn(Speaker(who), text) for who, text in turns)
    return Dialogue(split, dialogue_id, ("Taxi_1",), said)


@pytest.fixture
def make_engine(tmp_path: Path) -> Callable[..., Engine]:
    def make(english: list[dict[str, Any]], swahili: list[dict[str, Any]], **options: float) -> Engine:
        (tmp_path / "en_dev.json").write_text(json.dumps(english))
        (tmp_path / "sw_dev.json").write_text(json.dumps(swahili))
        source = SourceSettings(corpus="cod", location=str(tmp_path))
        return load_engine(EngineSettings(name="corpus", source=source, options=options))

    return make


def run(engine: Engine, *dialogues: Dialogue, locale: str = "sw") -> Any:
    settings = TranslationSettings(engine=EngineSettings(name="corpus"), missing="skip")
    return translate_with_coverage(dialogues_to_dataset(dialogues), locale, engine, settings)


def test_rows_hold_the_english_of_the_corpus_with_its_slots(make_engine: Callable[..., Engine]) -> None:
    spans = [{"slot": "destination", "start": 9, "exclusive_end": 17}]
    engine = make_engine([raw(ENGLISH, spans=spans)], [raw(SWAHILI)])
    edited = asked([("USER", "A cab to Oak Hill, please."), ENGLISH[1]])
    rows, coverage = run(engine, edited)
    assert rows["source"][:] == [text for _, text in ENGLISH]
    assert rows["target"][:] == [text for _, text in SWAHILI]
    assert rows[0]["slots"] == [{"slot": "destination", "value": "Elm Park"}]
    assert set(rows["nature"]) == {"localised"}
    assert (coverage.covered, coverage.utterances) == (1, 2)


def test_a_locale_finds_its_language(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine([raw(ENGLISH)], [raw(SWAHILI)])
    assert engine.locales() == ("sw",)
    assert set(run(engine, asked(), locale="sw-KE")[0]["locale"]) == {"sw-KE"}
    assert not engine.offers("en-US")
    assert not engine.offers("fr-FR")


def test_split_and_id_must_both_agree(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine([raw(ENGLISH)], [raw(SWAHILI)])
    _, coverage = run(engine, asked(split="train"), asked(dialogue_id="7_00002"), asked())
    assert (coverage.dialogues, coverage.covered, coverage.reasons) == (3, 1, {"not_in_corpus": 2})


@pytest.mark.parametrize(
    ("english", "swahili", "reason"),
    [
        (ENGLISH, SWAHILI[:1], "other_number_of_turns"),
        (ENGLISH[:1], SWAHILI[:1], "other_number_of_turns"),
        (ENGLISH, [SWAHILI[0], ("USER", "Asante.")], "other_speaker"),
        ([ENGLISH[0], ("USER", "Thanks.")], [SWAHILI[0], ("USER", "Asante.")], "other_speaker"),
    ],
)
def test_sides_that_disagree_are_left_out(
    make_engine: Callable[..., Engine], english: Turns, swahili: Turns, reason: str
) -> None:
    rows, coverage = run(make_engine([raw(english)], [raw(swahili)]), asked())
    assert (len(rows), coverage.reasons) == (0, {reason: 1})


def test_a_refused_side_is_told_apart_from_a_missing_one(make_engine: Callable[..., Engine]) -> None:
    broken = raw(SWAHILI, spans=[{"slot": "destination", "start": 0, "exclusive_end": 999}])
    _, coverage = run(make_engine([raw(ENGLISH)], [broken], max_quarantined_share=1.0), asked())
    assert coverage.reasons == {"refused_in_corpus": 1}
    assert "999" in coverage.skipped[0].detail


def test_too_many_refusals_and_broken_files_are_fatal(make_engine: Callable[..., Engine]) -> None:
    broken = raw(SWAHILI, spans=[{"slot": "destination", "start": 0, "exclusive_end": 999}])
    with pytest.raises(EngineError, match="sw") as caught:
        run(make_engine([raw(ENGLISH)], [broken]), asked())
    assert caught.value.failure is Failure.FATAL


def test_the_revision_follows_the_files(make_engine: Callable[..., Engine]) -> None:
    first = make_engine([raw(ENGLISH)], [raw(SWAHILI)]).revision
    assert make_engine([raw(ENGLISH)], [raw(SWAHILI)]).revision == first
    assert make_engine([raw(ENGLISH)], [raw(SWAHILI, "7_00009")]).revision != first


def test_locales_are_known_beforehand(make_engine: Callable[..., Engine], tmp_path: Path) -> None:
    make_engine([raw(ENGLISH)], [raw(SWAHILI)])
    source = SourceSettings(corpus="cod", location=str(tmp_path))
    assert engine_locales(TranslationSettings(engine=EngineSettings(name="corpus", source=source))) == ("sw",)
