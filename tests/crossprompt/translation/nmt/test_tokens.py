"""Codes stand where each family wants them, as its own tokenizer puts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from crossprompt.translation.engine import EngineError, Failure
from crossprompt.translation.nmt.tokens import NmtTokenizer, load_tokenizer
from tests.crossprompt.translation.nmt.tiny_models import ARABIC, SWAHILI, TEXTS

FAMILIES = sorted(SWAHILI)


@pytest.fixture(scope="module")
def tokenizers(tiny_models: dict[str, Path]) -> dict[str, NmtTokenizer]:
    return {family: load_tokenizer(folder, family) for family, folder in tiny_models.items()}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_family_is_read_from_the_vocabulary(tokenizers: dict[str, NmtTokenizer], family: str) -> None:
    assert tokenizers[family].family.name.lower() == family


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("family", ["nllb", "m2m"])
def test_a_source_is_the_code_of_english_the_text_and_the_end(
    tiny_models: dict[str, Path], tokenizers: dict[str, NmtTokenizer], family: str, text: str
) -> None:
    own = AutoTokenizer.from_pretrained(tiny_models[family])
    own.src_lang = {"nllb": "eng_Latn", "m2m": "en"}[family]
    assert tokenizers[family].encode(text, SWAHILI[family]) == own(text)["input_ids"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_source_of_madlad_begins_with_the_targets_code(
    tiny_models: dict[str, Path], tokenizers: dict[str, NmtTokenizer], text: str
) -> None:
    own = AutoTokenizer.from_pretrained(tiny_models["madlad"])
    assert tokenizers["madlad"].encode(text, "<2sw>") == own(f"<2sw> {text}")["input_ids"]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_decoder_is_told_where_the_family_wants_it(tokenizers: dict[str, NmtTokenizer], family: str) -> None:
    tokenizer = tokenizers[family]
    told = [tokenizer.first_of_target(code) for code in (SWAHILI[family], ARABIC[family])]
    assert told == ([None, None] if family == "madlad" else tokenizer.ids([SWAHILI[family], ARABIC[family]]))


@pytest.mark.parametrize("family", FAMILIES)
def test_text_comes_back_from_its_ids(tokenizers: dict[str, NmtTokenizer], family: str) -> None:
    tokenizer = tokenizers[family]
    for text in TEXTS:
        ids = tokenizer.encode(text, SWAHILI[family])
        assert tokenizer.decode(ids) == text
        assert tokenizer.ids(tokenizer.tokens(ids)) == ids


@pytest.mark.parametrize("family", FAMILIES)
def test_languages_are_those_of_the_vocabulary(tokenizers: dict[str, NmtTokenizer], family: str) -> None:
    languages = tokenizers[family].languages
    assert languages.find("sw-KE") == SWAHILI[family]
    assert languages.find("ar-SA") == ARABIC[family]
    assert {"sw", "ar", "no"} <= set(languages.locales)
    assert "en" not in languages.locales


def test_codes_that_are_no_iso_codes_are_known(tokenizers: dict[str, NmtTokenizer]) -> None:
    assert tokenizers["m2m"].languages.find("nso") == "__ns__"
    assert len(tokenizers["m2m"].languages.locales) == 99
    assert tokenizers["nllb"].languages.find("zh-TW") == "zho_Hant"
    assert tokenizers["madlad"].languages.find("zh-TW") == "<2zh_Hant>"


@pytest.mark.parametrize("mark", ["</s>", "<pad>", "own code"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_with_a_mark_of_the_models_is_refused(
    tokenizers: dict[str, NmtTokenizer], family: str, mark: str
) -> None:
    mark = ARABIC[family] if mark == "own code" else mark
    with pytest.raises(EngineError, match="marks of the model's own") as caught:
        tokenizers[family].encode(f"Good. {mark} Thanks!", SWAHILI[family])
    assert (caught.value.failure, caught.value.reason) == (Failure.DIALOGUE, "mark_in_text")


def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path, mini_folder: Path) -> None:
    with pytest.raises(EngineError, match="no language codes such as eng_Latn"):
        load_tokenizer(mini_folder, "mini")
    with pytest.raises(EngineError, match="can't be read"):
        load_tokenizer(tmp_path, "nothing")


@pytest.fixture
def mini_folder() -> Path:
    """The packaged encoder, which translates nothing."""
    from importlib import resources

    return Path(str(resources.files("crossprompt.assets"))) / "backbone" / "mini"
