"""XNLI as a task: with a head on ``<s>`` (FT), or as a cloze question with soft prompts or templates (SP, PCT, MPT)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import torch
from torch import Tensor

from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.readout import Readout
from crossprompt.cloze.label_words import LabelWords
from crossprompt.cloze.word_head import WordHead
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.heads import Head
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.shots import IntentData
from crossprompt.tasks.task import Rows
from crossprompt.translator.forms import ClozeForm, Form
from crossprompt.translator.lines import ENGLISH, Line, read_line
from crossprompt.translator.objective import joint_loss, label_loss, symmetric_divergence
from crossprompt.translator.settings import ContenderSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

XNLI = "xnli"
NO_LABEL: tuple[int, ...] = ()
"""The targets of a row that has no label."""

Pairs = Sequence[tuple[Line, Line]]
"""Parallel pairs of sentences: English, and the same in another language."""


class LineTask(IntentTask):
    """XNLI with the vanilla head on ``<s>``; texts are lines (:mod:`crossprompt.translator.lines`)."""

    name: ClassVar[str] = XNLI

    def __init__(self, data: IntentData, backbone: Backbone, form: Form) -> None:
        """Write the rows of train and dev.

        Args:
            data: English examples.
            backbone: Reads the rows.
            form: Writes them.
        """
        self._form = form
        super().__init__(data, backbone)
        self._lines = [read_line(text) for text in data.train.texts]
        self._train = form.write(self._lines, learning=True)

    @property
    def fingerprint(self) -> str:
        """Of the English data and of how rows are written."""
        return fingerprint_value([self.data.fingerprint, self._form.fingerprint])

    def sequences(self, texts: Sequence[str]) -> list[list[int]]:
        """Rows to be answered."""
        return self._form.write(map(read_line, texts))


@dataclass(frozen=True, slots=True)
class Objective:
    """What a cloze task learns from beside its labels.

    Attributes:
        alpha: Weight of the cross-entropy.
        over: See :func:`crossprompt.translator.objective.label_loss`.
        pairs: Parallel pairs for the divergence; none: there is none, or it is between templates.
        pairs_per_update: None: as many as labelled examples.
        languages: Of the templates that English examples are written in a second time, one drawn for each; none: they
            are written once.
    """

    alpha: float = 1.0
    over: Literal["vocabulary", "labels"] = "vocabulary"
    pairs: Pairs = ()
    pairs_per_update: int | None = None
    languages: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: ContenderSettings, pairs: Pairs, languages: Sequence[str]) -> Objective:
        """A contender's.

        Args:
            settings: The contender.
            pairs: All parallel pairs that there are for it.
            languages: Those that have a template.
        """
        worded = settings.method == "templates"
        return cls(
            alpha=settings.alpha if settings.aligns or worded else 1.0,
            over=settings.probabilities,
            pairs=pairs[: settings.pairs] if settings.aligns else (),
            pairs_per_update=settings.pairs_per_update,
            languages=tuple(locale for locale in languages if locale != ENGLISH) if worded else (),
        )


class ClozeTask(LineTask):
    """XNLI as a cloze question: the label's word is predicted at the mask by the model's own head."""

    reads: ClassVar[Readout] = Readout.MASK
    _form: ClozeForm

    def __init__(
        self, data: IntentData, backbone: Backbone, form: ClozeForm, words: LabelWords, objective: Objective
    ) -> None:
        """Write the rows of train, dev and the parallel pairs.

        Args:
            data: English examples.
            backbone: Reads the rows.
            form: Writes them.
            words: Of the labels, in their order.
            objective: What is learned from.
        """
        super().__init__(data, backbone, form)
        self._words, self._objective = words, objective
        self._ids = torch.tensor(words.ids, device=backbone.device)
        sides = zip(*objective.pairs, strict=True) if objective.pairs else ((), ())
        self._english, self._other = (form.write(side, learning=True) for side in sides)

    @property
    def fingerprint(self) -> str:
        """Of the English data, how rows are written, the words and what is learned from."""
        objective = self._objective
        learned = [objective.alpha, objective.over, objective.pairs, objective.pairs_per_update, objective.languages]
        return fingerprint_value([super().fingerprint, self._words.ids, learned])

    def rows(self, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        """The examples; then each once more in another language's template, or parallel pairs without labels.

        The templates' languages and the pairs are drawn anew each time; the second half of what is added is the other
        language's side of the first, in the same order.
        """
        labelled = super().rows(examples, generator)
        if self._objective.languages:
            return self._with_templates(labelled, examples, generator)
        if not len(self._english):
            return labelled
        wanted = min(self._objective.pairs_per_update or len(examples), len(self._english))
        drawn = [int(place) for place in generator.permutation(len(self._english))[:wanted]]
        names = tuple(f"parallel pair {place}" for place in drawn)
        added = [*(self._english[place] for place in drawn), *(self._other[place] for place in drawn)]
        return Rows(
            (*labelled.ids, *names, *names),
            (*labelled.sequences, *added),
            (*labelled.targets, *[NO_LABEL] * len(added)),
        )

    def training_loss(self, head: Head, hidden: Tensor, rows: Rows, generator: torch.Generator | None) -> Tensor:
        """The joint loss (scalar); see :mod:`crossprompt.translator.objective`."""
        logits = head(hidden, generator)
        labelled = sum(target != NO_LABEL for target in rows.targets)
        targets = torch.tensor([own[0] for own in rows.targets[:labelled]], device=logits.device)
        cross_entropy = label_loss(logits[:labelled], self._ids, targets, self._objective.over)
        compared = logits if self._objective.languages else logits[labelled:]
        if not len(compared) or self._objective.alpha == 1:
            return cross_entropy
        divergence = symmetric_divergence(*compared.chunk(2))
        return joint_loss(cross_entropy, divergence, self._objective.alpha)

    def fresh_head(self, dropout: float, generator: torch.Generator) -> Head:
        """The backbone's own head; it has no parameters, and nothing is drawn."""
        return WordHead(self.backbone.vocabulary_logits)

    def head_of(self, model: PreTrainedModel) -> Head:
        """The head of a copy that is trained."""
        return WordHead(lambda hidden: self.backbone.vocabulary_logits(hidden, model))

    def choose(self, logits: Tensor) -> Tensor:
        """The position of the most probable label word, ``[rows, 1]``, whatever other words are more probable."""
        return super().choose(logits[:, self._ids])

    def _with_templates(self, labelled: Rows, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        languages = self._objective.languages
        drawn = [languages[int(place)] for place in generator.integers(len(languages), size=len(examples))]
        again = self._form.write_in([self._lines[example] for example in examples], drawn)
        return Rows(labelled.ids * 2, (*labelled.sequences, *again), labelled.targets * 2)
