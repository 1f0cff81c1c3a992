"""Measures on the packaged sample how well the screening of meaning tells right translations from shuffled ones.

Usage: python -m tools.measure_meaning PAGE --prompt FOLDER [--locales de-DE sw-KE]

For each language, with the plain packaged backbone and under the prompt: the share of turns found in the worse
of both directions, with the right translations and with the same translations in a random order; and how often a right
turn is nearer to its source than a shuffled one is to its own (the area under the ROC curve of single turns: 50 % is
chance). Replaces the part of ``PAGE`` between its two marks. The prompt should not have been aligned with the sample.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from datasets import Dataset, concatenate_datasets
from numpy.typing import NDArray
from scipy.stats import rankdata
from torch import Tensor

from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.meaning.prompt import find_prompt_file
from crossprompt.meaning.sample import pair_up, sample_turns
from crossprompt.meaning.settings import MeasureSettings
from crossprompt.prompts.file import load_prompt
from crossprompt.retrieval.closeness import measure_closeness
from crossprompt.retrieval.embeddings import embed_sentences
from crossprompt.retrieval.retrieval import PairPlaces, find_translations, index_pairs
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.translation.engine import Engine, load_engine
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_dialogues

BEGIN, END = "<!-- meaning: begin -->", "<!-- meaning: end -->"
_SETTINGS = MeasureSettings(resamples=1)


@dataclass(frozen=True)
class Separation:
    """Found turns in percent, and the area under the curve in percent."""

    right: float
    shuffled: float
    area: float


def main(arguments: Sequence[str]) -> None:
    """Measure all languages and write the table into the page."""
    parser = argparse.ArgumentParser(prog="python -m tools.measure_meaning")
    parser.add_argument("page", type=Path)
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--locales", nargs="+", help="of the sample's; all if none is named")
    given = parser.parse_args(arguments)
    prompt = load_prompt(find_prompt_file(given.prompt))
    backbone = load_backbone(BackboneSettings())
    prompt.check_fits(backbone.identity, backbone.prompt_shape(prompt.header.shape.length))
    dialogues, engine = ingest_dialogues(DialogueSettings(), progress=False).dialogues, load_engine(EngineSettings())
    pairs = [
        pair_up(sample_turns(translate(dialogues, locale, engine), _SETTINGS.turns, _SETTINGS.seed), locale)
        for locale in given.locales or engine.locales()
    ]
    plain, prompted = (measure(concatenate_datasets(pairs), backbone, values) for values in (None, prompt.values))
    write_table(given.page, [(locale, plain[locale], prompted[locale]) for locale in sorted(plain)])


def translate(dialogues: Dataset, locale: str, engine: Engine) -> Dataset:
    """The sample's translations of one language."""
    return translate_dialogues(dialogues, locale, engine, TranslationSettings(), progress=False)


def measure(pairs: Dataset, backbone: Backbone, prompt: Tensor | None) -> dict[str, Separation]:
    """By language; each distinct text of all languages is computed once."""
    settings = _SETTINGS.retrieval()
    texts, languages = index_pairs(pairs)
    (vectors,) = embed_sentences(texts, backbone, prompt, settings)
    return {language.code: separate(language, vectors, settings.block_rows) for language in languages}


def separate(language: PairPlaces, vectors: Tensor, block_rows: int) -> Separation:
    """Right translations of one language beside the same in a random order."""
    shares, cosines = [], []
    for places in (language, shuffle(language)):
        answers = find_translations(places, vectors, block_rows)
        shares.append(100 * min(np.mean(answers.right_to_english), np.mean(answers.right_from_english)))
        cosines.append(measure_closeness(vectors[places.other], vectors[places.english], block_rows).own)
    return Separation(float(shares[0]), float(shares[1]), area_under_curve(cosines[0], cosines[1]))


def shuffle(language: PairPlaces) -> PairPlaces:
    """Each turn with the translation of another one."""
    order = np.array(random.Random(0).sample(range(len(language.ids)), len(language.ids)))
    other = np.empty_like(language.other)
    other[order] = language.other[np.roll(order, -1)]
    return replace(language, other=other)


def area_under_curve(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """How often a value of ``higher`` is above one of ``lower``, in percent; ties count half."""
    ranks = rankdata(np.concatenate([higher, lower]))[: len(higher)]
    pairs = len(higher) * len(lower)
    return float(100 * (ranks.sum() - len(higher) * (len(higher) + 1) / 2) / pairs)


def write_table(page: Path, lines: Sequence[tuple[str, Separation, Separation]]) -> None:
    """Put the table between the marks of ``page``."""
    head = ["locale", *(f"{model}: {what}" for model in ("plain", "prompt") for what in ("right", "shuffled", "area"))]
    cells = [head, ["---", *["---:"] * 6], *([locale, *_cells(a), *_cells(b)] for locale, a, b in lines)]
    cells.append(["mean", *_cells(_mean([a for _, a, _ in lines])), *_cells(_mean([b for *_, b in lines]))])
    table = "\n".join("| " + " | ".join(row) + " |" for row in cells)
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    write_text_atomic(page, f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}")


def _cells(found: Separation) -> list[str]:
    return [f"{value:.1f}" for value in (found.right, found.shuffled, found.area)]


def _mean(found: Sequence[Separation]) -> Separation:
    values = np.mean([(one.right, one.shuffled, one.area) for one in found], axis=0)
    return Separation(*map(float, values))


if __name__ == "__main__":
    main(sys.argv[1:])
