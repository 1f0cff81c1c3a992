"""A small dialogue and a writer of small translation memories."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from datasets import Dataset

from crossprompt.corpora.dialogue import Dialogue, Frame, SlotSpan, Speaker, Turn, dialogues_to_dataset


@pytest.fixture
def park_dialogue() -> Dialogue:
    """Four turns; the first has the slot value 'Elm Park'."""
    turns = (
        Turn(Speaker.USER, "Is Elm Park open?", (Frame("Parks_1", (SlotSpan("park", 3, 11),)),)),
        Turn(Speaker.SYSTEM, "Yes, until 9 pm."),
        Turn(Speaker.USER, "Good, thanks."),
        Turn(Speaker.SYSTEM, "You're welcome."),
    )
    return Dialogue("train", "7_00001", ("Parks_1",), turns)


@pytest.fixture
def park_table(park_dialogue: Dialogue) -> Dataset:
    return dialogues_to_dataset([park_dialogue])


@pytest.fixture
def write_tmx(tmp_path: Path) -> Callable[..., Path]:
    """Writes a memory whose body is given as XML."""

    def write(body: str, srclang: str = "en-US", name: str = "memory.tmx") -> Path:
        header = (
            f'<header creationtool="t" creationtoolversion="1" segtype="sentence" o-tmf="x" adminlang="en" '
            f'srclang="{srclang}" datatype="plaintext"/>'
        )
        path = tmp_path / name
        path.write_text(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n{header}\n<body>\n{body}\n</body>\n</tmx>\n',
            encoding="utf-8",
        )
        return path

    return write
