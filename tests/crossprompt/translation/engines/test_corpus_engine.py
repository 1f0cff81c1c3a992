"""Parallel dialogues in COD's layout: found by split and id, and only where both sides agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.settings import SourceSettings
from crossprompt.translation.engine import (
    Engine,
    EngineError,
    Failure,
    TranslationCall,
    engine_locales,
    load_engine,
)
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


def translated(turns: Turns, swahili: Turns, dialogue_id: str = "7_00001") -> dict[str, Any]:
    """A dialogue in XSGD's form: the translation stands beside the English text."""
    dialogue = raw(turns, dialogue_id, [{"slot": "destination", "start": 9, "exclusive_end": 17}])
    for turn, (_, text) in zip(dialogue["turns"], swahili, strict=True):
        turn |= {"utterance_sw": text, "utterance_zh-TW": f"中 {text}"}
    return dialogue


@pytest.fixture
def make_xsgd(tmp_path: Path) -> Callable[..., Engine]:
    def make(*files: list[dict[str, Any]], split: str = "dev_multi-lingual") -> Engine:
        folder = tmp_path / "xsgd" / split
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schema.json").write_text("[]")
        for number, dialogues in enumerate(files, start=1):
            (folder / f"dialogues_{number:03d}.json").write_text(json.dumps(dialogues))
        source = SourceSettings(corpus="xsgd", location=str(tmp_path / "xsgd"))
        return load_engine(EngineSettings(name="corpus", source=source))

    return make


def test_xsgd_has_the_translation_beside_the_english(make_xsgd: Callable[..., Engine]) -> None:
    engine = make_xsgd([translated(ENGLISH, SWAHILI)], [translated(ENGLISH, SWAHILI, "7_00002")])
    assert engine.locales() == ("sw", "zh-TW")
    rows, coverage = run(engine, asked(), asked(dialogue_id="7_00002"), locale="sw-KE")
    assert rows["source"][:2] == [text for _, text in ENGLISH]
    assert rows["target"][:2] == [text for _, text in SWAHILI]
    assert rows[0]["slots"] == [{"slot": "destination", "value": "Elm Park"}]
    assert set(rows["nature"]) == {"translated"}
    assert (coverage.covered, coverage.utterances) == (2, 4)
    assert run(engine, asked(), locale="zh-TW")[0]["target"][0] == "中 Teksi hadi Bustani ya Uhuru."


def test_what_xsgd_lacks_is_left_to_others_with_its_reason(make_xsgd: Callable[..., Engine]) -> None:
    half, broken = translated(ENGLISH, SWAHILI, "7_00002"), translated(ENGLISH, SWAHILI, "7_00003")
    del half["turns"][1]["utterance_sw"]
    broken["turns"][0]["frames"][0]["slots"][0]["exclusive_end"] = 999
    engine = make_xsgd([translated(ENGLISH, SWAHILI), half, broken])
    wanted = [
        asked(ENGLISH[:1]),
        asked(dialogue_id="7_00002"),
        asked(dialogue_id="7_00003"),
        asked(dialogue_id="7_00004"),
        asked(split="test"),
    ]
    _, coverage = run(engine, *wanted)
    assert [skipped.reason for skipped in coverage.skipped] == [
        "other_number_of_turns",
        "missing_target",
        "refused_in_corpus",
        "not_in_corpus",
        "not_in_corpus",
    ]


def test_xsgd_is_read_by_several_threads_file_by_file(make_xsgd: Callable[..., Engine]) -> None:
    ids = [f"{number}_00001" for number in range(12)]
    engine = make_xsgd(
        *([translated(ENGLISH, [(who, f"{name} {text}") for who, text in SWAHILI], name)] for name in ids)
    )
    calls = [TranslationCall(asked(dialogue_id=name), "sw", 1, 2) for name in ids * 3]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(engine.translate, calls))
    assert [reply.targets for reply in replies] == [(f"{name} Ni shilingi 500.",) for name in ids * 3]


def test_a_broken_file_of_xsgd_is_fatal(make_xsgd: Callable[..., Engine], tmp_path: Path) -> None:
    engine = make_xsgd([translated(ENGLISH, SWAHILI)])
    file = tmp_path / "xsgd" / "dev_multi-lingual" / "dialogues_001.json"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(EngineError, match="is no JSON") as caught:
        run(engine, asked())
    assert caught.value.failure is Failure.FATAL


def test_xsgd_cannot_be_fetched_by_itself() -> None:
    with pytest.raises(SourceError, match="not served as one archive; copy the files at https://console"):
        load_engine(EngineSettings(name="corpus", source=SourceSettings(corpus="xsgd")))
