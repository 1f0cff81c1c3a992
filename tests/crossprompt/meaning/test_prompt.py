from __future__ import annotations

from pathlib import Path

import pytest

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.meaning.errors import MeaningError
from crossprompt.meaning.prompt import PROMPT_FILE, find_prompt_file, read_prompt
from crossprompt.prompts.file import PromptFileError, save_prompt
from materializers.prompt import PROMPT_FILE as STORED_AS
from tests.crossprompt.meaning.made_up import zero_prompt

SHAPE = PromptShape(layers=2, heads=2, length=3, head_dim=4)


def save(path: Path, revision: str | None = None) -> Path:
    owl = BackboneIdentity(name="owl", revision=revision, fingerprint="a" * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_prompt(zero_prompt(owl, SHAPE), path)
    return path


def test_files_are_found_under_the_name_that_artifacts_have(tmp_path: Path) -> None:
    assert PROMPT_FILE == STORED_AS
    file = save(tmp_path / "model" / "artifacts" / PROMPT_FILE)
    for place in (file, file.parent, tmp_path):
        assert find_prompt_file(str(place)) == file
    nearer = save(tmp_path / PROMPT_FILE)
    assert find_prompt_file(str(tmp_path)) == nearer


def test_a_place_without_a_prompt_or_with_several_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MeaningError, match=r"^meaning\.prompt: there is no .*/nowhere; give the file"):
        find_prompt_file(str(tmp_path / "nowhere"))
    with pytest.raises(MeaningError, match=r"^meaning\.prompt: .* holds no prompt\.safetensors; give the file"):
        find_prompt_file(str(tmp_path))
    for name in ("a", "b"):
        save(tmp_path / name / PROMPT_FILE)
    with pytest.raises(MeaningError, match=r"holds 2 prompts, such as .*/a/prompt\.safetensors; name one of them$"):
        find_prompt_file(str(tmp_path))


def test_a_file_that_is_no_prompt_says_so(tmp_path: Path) -> None:
    (tmp_path / PROMPT_FILE).write_bytes(b"nothing of the kind")
    with pytest.raises(PromptFileError, match="can't be read as a prompt file"):
        read_prompt(str(tmp_path), BackboneSettings(), None)


def test_a_prompt_of_another_backbone_is_refused_before_anything_is_paid(tmp_path: Path) -> None:
    file = save(tmp_path / PROMPT_FILE, revision="b" * 40)
    assert read_prompt(str(file), BackboneSettings(name="owl"), "a" * 64)[0] == file
    with pytest.raises(MeaningError, match=r"learned on the backbone 'owl' \(aaaaaaaaaaaa\), not on 'mini' \(c{12}\)"):
        read_prompt(str(file), BackboneSettings(), "c" * 64)


def test_where_the_backbone_is_not_here_yet_commits_are_compared(tmp_path: Path) -> None:
    file = str(save(tmp_path / PROMPT_FILE, revision="b" * 40))
    for revision in ("b" * 40, None):
        read_prompt(file, BackboneSettings(name="owl", revision=revision), None)
    with pytest.raises(MeaningError, match=r"\(bbbbbbbbbbbb\), not on 'owl' \(dddddddddddd\)"):
        read_prompt(file, BackboneSettings(name="owl", revision="d" * 40), None)
