"""The nmt engine on tiny models of its three architectures: as transformers itself does it, whatever the batch."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import (
    EngineError,
    Failure,
    TranslationCall,
    engine_locales,
    load_engine,
)
from crossprompt.translation.engines.nmt import NmtEngine
from crossprompt.translation.nmt.conversion import convert_model
from crossprompt.translation.nmt.converted_model import ConvertedModel
from crossprompt.translation.nmt.files import NmtFiles
from crossprompt.translation.nmt.generation import Generated, Generator, Search
from crossprompt.translation.nmt.settings import NmtOptions
from crossprompt.translation.nmt.tokens import NmtTokenizer, load_tokenizer
from crossprompt.translation.nmt.torch_model import TorchModel
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from tests.crossprompt.translation.nmt.tiny_models import ARABIC, POSITIONS, SWAHILI, TEXTS

FAMILIES = sorted(SWAHILI)
LONGEST = 48
Build = Callable[..., NmtEngine]


@dataclass(frozen=True)
class Loaded:
    """A tiny model with its tokenizer, by transformers and converted for CTranslate2."""

    folder: Path
    converted: Path
    tokenizer: NmtTokenizer
    torch_model: TorchModel
    converted_model: ConvertedModel
    code: str

    def generate(
        self, model: Generator, texts: list[str], beams: int, code: str | None = None, length_penalty: float = 1.0
    ) -> list[Generated]:
        code = code or self.code
        sources = [self.tokenizer.encode(text, code) for text in texts]
        return model.generate(sources, self.tokenizer.first_of_target(code), Search(beams, LONGEST, length_penalty))

    @cached_property
    def ending(self) -> dict[str, str]:
        """The texts whose translations come to an end, with these."""
        found = zip(TEXTS, self.generate(self.torch_model, TEXTS, 1), strict=True)
        return {text: self.tokenizer.decode(generated.ids) for text, generated in found if generated.ended}


@pytest.fixture(scope="session")
def models(tiny_models: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loaded]:
    return {family: load(tiny_models[family], family, tmp_path_factory.mktemp(family)) for family in FAMILIES}


def load(folder: Path, family: str, target: Path) -> Loaded:
    tokenizer = load_tokenizer(folder, family)
    options = NmtOptions(model=str(folder), device="cpu")
    converted = convert_model(NmtFiles(str(folder), None), target / "converted", "float32")
    return Loaded(
        folder=folder,
        converted=converted,
        tokenizer=tokenizer,
        torch_model=TorchModel.load(folder, tokenizer, options),
        converted_model=ConvertedModel.load(converted, tokenizer, options),
        code=SWAHILI[family],
    )


@pytest.fixture(scope="module")
def build(tiny_models: dict[str, Path]) -> Build:
    def build(family: str, folder: Path | None = None, **options: Any) -> NmtEngine:
        usual = {"model": str(folder or tiny_models[family]), "device": "cpu", "beam_size": 1}
        return NmtEngine(NmtOptions(**{**usual, "max_output_tokens": LONGEST, **options}))

    return build


def call_of(*texts: str, locale: str = "sw-KE") -> TranslationCall:
    turns = tuple(Turn((Speaker.USER, Speaker.SYSTEM)[number % 2], text) for number, text in enumerate(texts))
    return TranslationCall(Dialogue("train", "7_00003", ("Parks_1",), turns), locale, 0, len(turns))


def targets(engine: NmtEngine, *texts: str, locale: str = "sw-KE") -> tuple[str | None, ...]:
    return engine.translate(call_of(*texts, locale=locale)).targets


def by_transformers(model: Loaded, family: str, beams: int) -> list[list[int]]:
    """Token ids of the texts one by one, as the model's page of transformers does it, from the first to the end."""
    tokenizer = AutoTokenizer.from_pretrained(model.folder)
    reference = AutoModelForSeq2SeqLM.from_pretrained(model.folder)
    least = 1 if family == "madlad" else 2  # the code, and no empty text
    options: dict[str, Any] = {"num_beams": beams, "max_new_tokens": LONGEST, "min_new_tokens": least}
    if family != "madlad":
        tokenizer.src_lang = {"nllb": "eng_Latn", "m2m": "en"}[family]
        options["forced_bos_token_id"] = tokenizer.convert_tokens_to_ids(model.code)
    options["early_stopping"] = beams > 1
    prefix = f"{model.code} " if family == "madlad" else ""
    found = [reference.generate(**tokenizer(prefix + text, return_tensors="pt"), **options)[0] for text in TEXTS]
    return [[number for number in ids.tolist()[1:] if number != tokenizer.eos_token_id] for ids in found]


@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_gives_what_transformers_gives_one_by_one(models: dict[str, Loaded], family: str, beams: int) -> None:
    model = models[family]
    found = [generated.ids for generated in model.generate(model.torch_model, TEXTS, beams)]
    assert found == by_transformers(model, family, beams)
    assert len({tuple(ids) for ids in found}) > 1


@pytest.mark.parametrize("code", [SWAHILI, ARABIC])
@pytest.mark.parametrize("beams", [1, 4])
@pytest.mark.parametrize("family", FAMILIES)
def test_ctranslate2_gives_the_same_tokens(
    models: dict[str, Loaded], family: str, beams: int, code: dict[str, str]
) -> None:
    model, code_token = models[family], code[family]
    found = model.generate(model.converted_model, TEXTS, beams, code_token, length_penalty=0.0)
    assert found == model.generate(model.torch_model, TEXTS, beams, code_token, length_penalty=0.0)


@pytest.mark.parametrize("library", ["torch_model", "converted_model"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_is_the_same_in_any_batch(models: dict[str, Loaded], family: str, library: str) -> None:
    model, computes = models[family], getattr(models[family], library)
    alone = [model.generate(computes, [text], 4)[0] for text in TEXTS]
    assert model.generate(computes, TEXTS, 4) == alone
    assert model.generate(computes, TEXTS[2:] + TEXTS[:1], 4) == alone[2:] + alone[:1]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_code_gets_to_the_model(models: dict[str, Loaded], family: str) -> None:
    model = models[family]
    for code in (SWAHILI[family], ARABIC[family]):
        wanted = model.tokenizer.ids([code])[0]
        if family == "madlad":
            assert wanted in model.tokenizer.encode(TEXTS[0], code)
        else:
            assert {generated.ids[0] for generated in model.generate(model.torch_model, TEXTS, 2, code)} == {wanted}
    swahili, arabic = (model.generate(model.torch_model, TEXTS, 1, code[family]) for code in (SWAHILI, ARABIC))
    assert [generated.ids[1:] for generated in swahili] != [generated.ids[1:] for generated in arabic]


@pytest.mark.parametrize("batch_tokens", [1, 60, 10_000])
@pytest.mark.parametrize("family", FAMILIES)
def test_turns_come_back_in_order_whatever_the_batches(
    build: Build, models: dict[str, Loaded], family: str, batch_tokens: int
) -> None:
    texts = [*models[family].ending, *reversed(models[family].ending)]
    expected = tuple(models[family].ending[text] for text in texts)
    assert targets(build(family, batch_tokens=batch_tokens), *texts) == expected
    assert len(set(expected)) > 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_converted_folder_is_known_as_such(build: Build, models: dict[str, Loaded], family: str) -> None:
    plain = build(family)
    converted = build(family, models[family].converted)
    assert targets(converted, *models[family].ending) == tuple(models[family].ending.values())
    assert converted.locales() == plain.locales()
    assert converted.revision != plain.revision


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_of_eight_bits_translate(build: Build, models: dict[str, Loaded], tmp_path: Path, family: str) -> None:
    model = models[family]
    folder = convert_model(NmtFiles(str(model.folder), None), tmp_path / "int8")
    assert (folder / "model.bin").stat().st_size < (model.converted / "model.bin").stat().st_size
    options = NmtOptions(model=str(folder), device="cpu", precision="int8")
    found = model.generate(ConvertedModel.load(folder, model.tokenizer, options), TEXTS, 2)
    assert len(found) == len(TEXTS)
    assert build(family, folder, precision="int8").revision != build(family, folder).revision


@pytest.mark.parametrize("family", FAMILIES)
def test_a_blank_turn_gives_an_empty_one(build: Build, models: dict[str, Loaded], family: str) -> None:
    text, target = next(iter(models[family].ending.items()))
    engine = build(family)
    assert targets(engine, "", " \n", text, "") == ("", "", target, "")
    assert targets(engine, "", "") == ("", "")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_text_beyond_the_models_positions_is_refused_and_not_cut(build: Build, family: str) -> None:
    engine = build(family)
    tokenizer = load_tokenizer(engine._files.folder, family)
    fits = " ".join(["Good."] * 40)
    while len(tokenizer.encode(fits, SWAHILI[family])) > POSITIONS:
        fits = fits[:-1].rstrip()
    longer = f"{fits} Yes, open."
    with pytest.raises(EngineError, match=f"the model reads {POSITIONS}") as caught:
        targets(engine, TEXTS[0], longer)
    assert (caught.value.failure, caught.value.reason) == (Failure.DIALOGUE, "too_long")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_translation_that_does_not_end_is_refused_and_not_cut(build: Build, family: str) -> None:
    with pytest.raises(EngineError, match="did not end within 2 tokens") as caught:
        targets(build(family, max_output_tokens=2), *TEXTS)
    assert (caught.value.failure, caught.value.reason) == (Failure.DIALOGUE, "unended")


def test_converted_models_do_not_cut_either(build: Build, models: dict[str, Loaded]) -> None:
    engine = build("nllb", models["nllb"].converted, max_input_tokens=12)
    with pytest.raises(EngineError, match="the model reads 12"):
        targets(engine, TEXTS[1])
    engine = build("nllb", models["nllb"].converted, max_output_tokens=2)
    with pytest.raises(EngineError, match="did not end within 2"):
        targets(engine, *TEXTS)


def test_a_model_that_tells_no_longest_text_needs_the_option(
    build: Build, models: dict[str, Loaded], tmp_path: Path
) -> None:
    model = models["madlad"]
    folder = Path(shutil.copytree(model.converted, tmp_path / "model"))
    configuration = json.loads((folder / "config.json").read_text())
    assert configuration.pop("max_position_embeddings") == POSITIONS
    (folder / "config.json").write_text(json.dumps(configuration))
    with pytest.raises(EngineError, match="set the option max_input_tokens"):
        targets(build("madlad", folder), *model.ending)
    told = build("madlad", folder, max_input_tokens=POSITIONS)
    assert targets(told, *model.ending) == tuple(model.ending.values())


def test_no_more_than_the_models_positions_can_be_set(build: Build) -> None:
    with pytest.raises(EngineError, match="max_input_tokens: 65 are more than the model's 64 positions"):
        targets(build("nllb", max_input_tokens=POSITIONS + 1), TEXTS[0])


def test_an_unknown_language_is_refused_at_the_start(tiny_models: dict[str, Path]) -> None:
    settings = EngineSettings(name="nmt", options={"model": str(tiny_models["nllb"])})
    engine = load_engine(settings)
    assert engine.offers("nb-NO")
    assert not engine.offers("fr-FR")
    assert not engine.offers("sr-Latn")
    assert not engine.offers("en-US")
    assert (engine.paid, engine.slow) == (False, True)
    with pytest.raises(SettingsError, match="does not offer 'fr-FR'"):
        engine_locales(TranslationSettings(engine=settings, locales=("sw-KE", "fr-FR")))
    with pytest.raises(EngineError) as caught:
        engine.translate(call_of("Hello", locale="fr-FR"))
    assert (caught.value.failure, caught.value.reason) == (Failure.FATAL, "unknown_locale")


@pytest.mark.parametrize("family", FAMILIES)
def test_threads_take_turns(build: Build, models: dict[str, Loaded], family: str) -> None:
    engine, ending = build(family), models[family].ending
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda text: targets(engine, text), [*ending] * 3))
    assert found == [(target,) for target in ending.values()] * 3


def test_eight_bits_need_a_converted_model(build: Build) -> None:
    with pytest.raises(EngineError, match="needs a model converted for CTranslate2"):
        targets(build("nllb", precision="int8"), TEXTS[0])


def test_half_precision_needs_a_gpu() -> None:
    with pytest.raises(SettingsError, match="float16 needs a GPU"):
        NmtOptions.parse({"model": "x", "precision": "float16", "device": "cpu"}, "translation.engine.options")


def test_lost_weights_are_told(tiny_models: dict[str, Path], build: Build, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(tiny_models["madlad"], tmp_path / "model"))
    weights = load_file(folder / "model.safetensors")
    weights.pop("decoder.final_layer_norm.weight")
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(EngineError, match=r"lack decoder\.final_layer_norm"):
        targets(build("madlad", folder), TEXTS[0])


def test_the_revision_follows_what_decides_the_text(build: Build, tiny_models: dict[str, Path]) -> None:
    plain = build("nllb").revision
    assert build("nllb", batch_tokens=7, device="auto").revision == plain
    changes: list[dict[str, Any]] = [{"beam_size": 2}, {"precision": "bfloat16"}, {"max_output_tokens": 9}]
    assert len({plain, build("m2m").revision, *(build("nllb", **change).revision for change in changes)}) == 5
