"""Translated prompts on a frozen encoder: shots times seeds in one group beside one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from benchmarks.gate import Gate
from benchmarks.records import Contest, Outcome
from benchmarks.settings import BenchmarkSettings
from benchmarks.sharing import check_losses, contenders, time_trainings
from benchmarks.texts import read_texts
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.cloze.label_words import LabelWords
from crossprompt.cloze.template import TextPieces
from crossprompt.corpora.xnli import NLI_LABELS
from crossprompt.settings import Settings
from crossprompt.tasks.records import TrainingNumbers
from crossprompt.tasks.shots import Examples, IntentData
from crossprompt.translator.forms import ClozeForm
from crossprompt.translator.lines import ENGLISH, Line
from crossprompt.translator.prompt import prompt_maker
from crossprompt.translator.settings import ContenderSettings
from crossprompt.translator.task import ClozeTask, Objective
from crossprompt.trials.group import train_together
from crossprompt.trials.soft import SoftTrial

ENTRY = "benchmarks.cloze_grid:run"
AIM = 1.1
"""Of a group over the same trials one by one. Few examples are few rows, which is where sharing pays; but the
divergence is over the whole vocabulary, of each trial by itself, and that is not shared."""
LOSS_TOLERANCE = {"float32": 1e-3, "bfloat16": 0.3}
WORDS = (100, 101, 102)
"""Any three tokens: speed does not depend on which."""


class ClozeGridJob(Settings):
    """One contender's work. Pairs of sentences are pairs of utterances: speed does not depend on what they say."""

    english: Path
    shots: tuple[int, ...]
    seeds: tuple[int, ...]
    updates: int
    batch_size: int
    pairs: int
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    at_most: int | None = None
    """Trials in one forward; None: what memory allows."""

    def trials(self, backbone: Backbone) -> list[SoftTrial]:
        """Every number of shots with every seed, with the paper's prompts and losses."""
        texts = [str(text) for text in read_texts(self.english)["utt"]]
        settings = ContenderSettings(updates=self.updates, batch_size=self.batch_size, looks=1)
        form = ClozeForm(backbone, TextPieces(backbone.tokenizer), settings)
        pairs = [(Line(ENGLISH, *two), Line("de", *two)) for two in _pairs(texts, self.pairs)]
        words = LabelWords(NLI_LABELS, NLI_LABELS, WORDS)
        objective = Objective.of(settings, pairs, ())
        return [
            SoftTrial(
                name=f"{shots} shots, seed {seed}",
                task=ClozeTask(_examples(texts, 3 * shots), backbone, form, words, objective),
                settings=settings.training(3 * shots, self.pairs),
                learning_rate=1e-3,
                seed=seed,
                make_prompt=prompt_maker(settings, backbone.width),
            )
            for shots in self.shots
            for seed in self.seeds
        ]


def run(options: dict[str, Any], gate: Gate) -> None:
    """Each turn trains all trials."""
    job = ClozeGridJob.parse(options, "cloze_grid")
    backbone = load_backbone(BackboneSettings(dtype=job.dtype))
    trials = job.trials(backbone)

    def train() -> list[TrainingNumbers]:
        return [own.numbers for own in train_together(trials, job.at_most, progress=False)]

    time_trainings(train, job.updates, backbone.dtype, gate)


def cloze_grid_contests(english: Path, settings: BenchmarkSettings) -> Iterator[Contest]:
    """In groups against one by one."""
    options = {
        "english": str(english),
        "shots": settings.cloze_shots,
        "seeds": settings.grid_seeds,
        "updates": settings.grid_updates,
        "batch_size": 8,
        "pairs": settings.cloze_pairs,
    }
    yield Contest(
        name="cloze-grid",
        title=f"{len(settings.cloze_shots)} numbers of shots x {len(settings.grid_seeds)} seeds of translated prompts",
        unit="updates",
        rounds=settings.grid_rounds,
        aim=AIM,
        contenders=contenders(ENTRY, options),
    )


def check_cloze_grid(outcome: Outcome) -> tuple[str, ...]:
    """How far the mean training losses are apart.

    Raises:
        ContestError: Further than :data:`LOSS_TOLERANCE`: then the contenders do not train the same.
    """
    return check_losses(outcome, LOSS_TOLERANCE)


def _pairs(texts: list[str], number: int) -> list[tuple[str, str]]:
    """Each text with the one behind it, round and round."""
    return [(texts[place % len(texts)], texts[(place + 1) % len(texts)]) for place in range(number)]


def _examples(texts: list[str], number: int) -> IntentData:
    lines = tuple(Line(ENGLISH, *two).text for two in _pairs(texts, number))
    examples = Examples(tuple(map(str, range(number))), lines, tuple(place % 3 for place in range(number)))
    return IntentData(NLI_LABELS, examples, examples.take(range(3)))
