"""A corpus of SGD's size goes through the translation stage in little memory, and nothing is lost on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from datasets import Dataset

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.translation.engines.pseudo import PseudoEngine
from tests.conftest import ROOT

TURNS = 20
SGD_TRAIN = 16_142
MEMORY_MIB = 160
"""What the stage may take beside its libraries, whatever the size of the corpus."""

TRANSLATE = """
import json, resource, sys
from pathlib import Path
from datasets import Dataset
from crossprompt.translation.engines.pseudo import PseudoEngine
from crossprompt.translation.settings import TranslationSettings
from crossprompt.translation.translate import translate_with_coverage
folder = Path(sys.argv[1])
dialogues = Dataset.load_from_disk(str(folder / "dialogues"))
settings = TranslationSettings(splits=("train",))
translate_with_coverage(dialogues.select(range(2)), "en-XA", PseudoEngine(), settings, folder / "warm", progress=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
_, coverage = translate_with_coverage(dialogues, "en-XA", PseudoEngine(), settings, folder / "rows", progress=False)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([(after - before) / 1024, coverage.covered, coverage.utterances]))
"""


def said(dialogue: int, turn: int) -> str:
    return f"Table {turn} of hall {dialogue} is laid for {dialogue % 7 + 2} people, with a view of the harbour."


def make_dialogues(count: int) -> Iterator[Dialogue]:
    speakers = (Speaker.USER, Speaker.SYSTEM)
    for number in range(count):
        turns = tuple(Turn(speakers[turn % 2], said(number, turn)) for turn in range(TURNS))
        yield Dialogue("train", f"{number}", ("Halls_1",), turns)


def translate(folder: Path, count: int) -> tuple[float, int, int]:
    """MiB taken, dialogues covered, utterances translated, in a process of its own."""
    dialogues_to_dataset(make_dialogues(count)).save_to_disk(str(folder / "dialogues"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", TRANSLATE, str(folder)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    mebibytes, covered, utterances = json.loads(ended.stdout.splitlines()[-1])
    return mebibytes, covered, utterances


@pytest.mark.parametrize("count", [300, pytest.param(SGD_TRAIN, marks=pytest.mark.soak)])
def test_every_turn_arrives_in_order_and_memory_does_not_grow_with_the_corpus(tmp_path: Path, count: int) -> None:
    mebibytes, covered, utterances = translate(tmp_path, count)
    assert (covered, utterances) == (count, count * TURNS)
    assert mebibytes < MEMORY_MIB
    rows = Dataset.from_file(str(tmp_path / "rows"))
    assert len(rows) == count * TURNS
    for place in range(0, len(rows), 997):
        row = rows[place]
        assert (row["dialogue_id"], row["turn"]) == (f"{place // TURNS}", place % TURNS)
        assert PseudoEngine.restore(row["target"]) == row["source"] == said(place // TURNS, place % TURNS)
