"""Builds the packaged sample (crossprompt/assets/sample) from its text files, the same bytes each time.

Usage: python tools/build_sample.py SOURCE_FOLDER [TARGET_FOLDER]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import yaml
from sample_frames import Json, build_dialogue, build_schema
from sample_text import (
    DIALOGUE_MARK,
    UTTERANCE_MARK,
    SampleError,
    SourceDialogue,
    SourceUtterance,
    read_source_dialogues,
    read_source_translations,
    read_source_utterances,
    strip_marks,
    utterance_text,
)

from crossprompt.storage.atomic import write_text_atomic
from crossprompt.translation.tmx import TmxHeader, TranslationUnit, write_units

TARGET = Path(__file__).resolve().parents[1] / "crossprompt" / "assets" / "sample"
DESCRIPTIONS = Path(__file__).with_name("sample_schema.yaml")
ENGLISH = "en-US"
HEADER = TmxHeader(source_locale=ENGLISH, tool="crossprompt build_sample", tool_version="1")


def build_sample(source: Path, target: Path) -> None:
    """Convert the text files of ``source`` to SGD, TMX and MASSIVE layout under ``target``.

    Raises:
        SampleError: If a file breaks the format, or a locale lacks a text or has one too many.
    """
    dialogues = read_source_dialogues(source / "dialogues.en.txt")
    utterances = read_source_utterances(source / "utterances.en.txt")
    translations = {
        path.stem: read_source_translations(path) for path in sorted((source / "translations").glob("*.tsv"))
    }
    if not translations:
        raise SampleError(f"{source / 'translations'}: no <locale>.tsv in it")
    _check_complete(dialogues, utterances, translations)
    _write_dialogues(dialogues, target / "sgd" / "train")
    write_units(target / "translations.tmx", _units(dialogues, translations), HEADER)
    _write_utterances(utterances, translations, target / "massive" / "1.1" / "data")


def _check_complete(
    dialogues: list[SourceDialogue], utterances: list[SourceUtterance], translations: dict[str, dict[str, str]]
) -> None:
    wanted = {_turn_id(d, number) for d in dialogues for number in range(len(d.turns))}
    tests = {u.utterance_id: u for u in utterances if u.partition == "test"}
    wanted |= tests.keys()
    for locale, texts in translations.items():
        if wanted != texts.keys():
            raise SampleError(f"{locale}.tsv: missing or superfluous ids: {sorted(wanted ^ texts.keys())[:5]}")
        for name, utterance in tests.items():
            if _labels(texts[name]) != _labels(utterance.marked):
                raise SampleError(f"{locale}.tsv, {name}: slots differ from English: {texts[name]!r}")


def _turn_id(dialogue: SourceDialogue, number: int) -> str:
    return f"{dialogue.dialogue_id}:{number:02d}"


def _labels(annotated: str) -> list[str]:
    return sorted(mark.slot for mark in strip_marks(annotated, UTTERANCE_MARK)[1])


def _write_dialogues(dialogues: list[SourceDialogue], folder: Path) -> None:
    schema = build_schema(yaml.safe_load(DESCRIPTIONS.read_text(encoding="utf-8")))
    _write_json(folder / "schema.json", list(schema.services.values()))
    _write_json(folder / "dialogues_001.json", [build_dialogue(dialogue, schema) for dialogue in dialogues])


def _units(dialogues: list[SourceDialogue], translations: dict[str, dict[str, str]]) -> Iterable[TranslationUnit]:
    for dialogue in dialogues:
        for number, turn in enumerate(dialogue.turns):
            name = _turn_id(dialogue, number)
            segments = {ENGLISH: strip_marks(turn.marked, DIALOGUE_MARK)[0]}
            segments |= {locale: texts[name] for locale, texts in translations.items()}
            yield TranslationUnit(name, ENGLISH, segments)


def _write_utterances(utterances: list[SourceUtterance], translations: dict[str, dict[str, str]], folder: Path) -> None:
    _write_lines(folder / f"{ENGLISH}.jsonl", [_utterance_row(u, ENGLISH, u.marked) for u in utterances])
    tests = [u for u in utterances if u.partition == "test"]
    for locale, texts in translations.items():
        rows = [_utterance_row(u, locale, texts[u.utterance_id]) for u in tests]
        _write_lines(folder / f"{locale}.jsonl", rows)


def _utterance_row(utterance: SourceUtterance, locale: str, annotated: str) -> Json:
    return {
        "id": utterance.utterance_id,
        "locale": locale,
        "partition": utterance.partition,
        "scenario": utterance.intent.split("_")[0],
        "intent": utterance.intent,
        "utt": utterance_text(annotated, locale),
        "annot_utt": annotated,
    }


def _write_json(path: Path, value: list[Json]) -> None:
    write_text_atomic(path, json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def _write_lines(path: Path, rows: list[Json]) -> None:
    write_text_atomic(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def main(arguments: list[str]) -> int:
    """Run the command line; gives the exit code."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        build_sample(Path(arguments[0]), Path(arguments[1]) if len(arguments) == 2 else TARGET)
    except (SampleError, OSError) as error:
        print(f"build_sample: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
