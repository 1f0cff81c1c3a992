"""Translations go out as a memory that the standard, translators' tools and the memory engine take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings, SourceSettings
from crossprompt.translation.engine import load_engine
from crossprompt.translation.rows import TRANSLATION_FEATURES
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.tmx import TmxError, read_header, read_units
from crossprompt.translation.tmx_export import export_corpus, export_translations
from crossprompt.translation.tmx_schema import check_tmx
from crossprompt.translation.translate import translate_dialogues


def row(target: str | None, **changes: Any) -> dict[str, Any]:
    fields = {
        "split": "dev",
        "dialogue_id": "7_00001",
        "turn": 3,
        "locale": "sw-KE",
        "speaker": "USER",
        "source": "Is the <park> open & free?",
        "target": target,
        "slots": [],
        "engine": "chat",
        "nature": "translated",
    }
    return {**fields, **changes}


def test_a_unit_tells_where_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "sw.tmx"
    rows = [row("Je, bustani iko wazi?"), row(None, turn=4), row(" e\u0301 \u200d\r\n", turn=5)]
    done = export_translations(path, iter(rows))
    assert (done.rows, done.units, done.untranslated) == (3, 2, 1)
    assert check_tmx(path) == 2
    first, second = read_units(path)
    assert (first.tuid, first.source_locale) == ("dev/7_00001:03", "en-US")
    assert first.segments == {"en-US": "Is the <park> open & free?", "sw-KE": "Je, bustani iko wazi?"}
    assert first.properties == {"x-speaker": "USER", "x-engine": "chat", "x-nature": "translated"}
    assert second.segments["sw-KE"] == " e\u0301 \u200d\r\n"
    assert read_header(path).tool == "crossprompt"


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export_translations(tmp_path / name, [row("Je?"), row("Ndiyo.", turn=4)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_text_that_xml_cannot_carry_is_named(tmp_path: Path) -> None:
    with pytest.raises(TmxError, match="unit 'dev/7_00001:03', sw-KE: the text can't be written as XML"):
        export_translations(tmp_path / "m.tmx", [row("a\x07b")])
    assert not list(tmp_path.iterdir())


def test_the_memory_engine_gives_back_what_was_written(tmp_path: Path) -> None:
    dialogues = ingest_dialogues(DialogueSettings(), progress=False).dialogues
    first = translate(dialogues, EngineSettings())
    export_translations(tmp_path / "sw.tmx", first)
    written = EngineSettings(source=SourceSettings(location=str(tmp_path / "sw.tmx")))
    assert load_engine(written).locales() == ("sw-KE",)
    assert translate(dialogues, written).to_list() == first.to_list()


def test_a_published_language_is_exported_file_by_file(tmp_path: Path) -> None:
    folder = tmp_path / "corpus" / "data" / "sw-KE"
    folder.mkdir(parents=True)
    for split in ("dev", "train"):
        rows = [row(f"{split} {turn}", split=split, turn=turn) for turn in range(3)]
        Dataset.from_list(rows, features=TRANSLATION_FEATURES).to_parquet(folder / f"{split}-00000-of-00001.parquet")
    done = export_corpus(tmp_path / "corpus", "sw-KE", tmp_path / "sw.tmx")
    assert (done.units, check_tmx(tmp_path / "sw.tmx")) == (6, 6)
    assert [unit.tuid for unit in read_units(tmp_path / "sw.tmx")][2:4] == ["dev/7_00001:02", "train/7_00001:00"]


def test_a_language_that_is_not_there_or_broken_is_said_so(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "sw-KE"
    folder.mkdir(parents=True)
    (folder / "dev.parquet").write_bytes(b"PAR?")
    with pytest.raises(TmxError, match=r"holds no data/fr-FR.*it has these languages: sw-KE"):
        export_corpus(tmp_path, "fr-FR", tmp_path / "fr.tmx")
    with pytest.raises(TmxError, match=r"dev\.parquet can't be read as a table"):
        export_corpus(tmp_path, "sw-KE", tmp_path / "sw.tmx")
    assert not list(tmp_path.glob("*.tmx"))


def translate(dialogues: Dataset, engine: EngineSettings) -> Dataset:
    settings = TranslationSettings(engine=engine)
    return translate_dialogues(dialogues, "sw-KE", load_engine(engine), settings, progress=False)
