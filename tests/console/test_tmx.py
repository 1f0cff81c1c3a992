"""``crossprompt tmx`` writes and checks memories, and answers mistakes with one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset

from crossprompt.translation.rows import TRANSLATION_FEATURES
from tests.console.test_main import crossprompt


def test_a_language_goes_out_and_is_valid(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"split": "dev", "dialogue_id": "7_00001", "turn": 0, "locale": "sw-KE", "speaker": "USER", "slots": []}
    rows = [{**row, "source": "Hello.", "target": "Habari.", "engine": "pseudo", "nature": "translated"}]
    file = tmp_path / "corpus" / "data" / "sw-KE" / "dev.parquet"
    file.parent.mkdir(parents=True)
    Dataset.from_list(rows, features=TRANSLATION_FEATURES).to_parquet(file)
    out = tmp_path / "sw.tmx"
    command = ("tmx", "export", str(tmp_path / "corpus"), "--locale", "sw-KE", "--out", str(out))
    status, said, _ = crossprompt(*command, capsys=capsys)
    assert (status, said) == (0, f"Written: {out} (1 units; 0 turns without a translation left out)\n")
    assert crossprompt("tmx", "check", str(out), capsys=capsys)[:2] == (0, f"{out}: valid, 1 units\n")


def test_a_file_that_is_no_memory_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.tmx").write_text("<html/>")
    message, _, _ = crossprompt("tmx", "check", str(tmp_path / "no.tmx"), capsys=capsys)
    assert str(message).startswith("Error: ")
    assert "not <tmx>" in str(message)
