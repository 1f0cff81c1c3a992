"""Measuring a contender: its prompts of all shots and seeds trained in one group, then every language's test."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
from datasets import Dataset

from crossprompt.backbones.encoder import Backbone
from crossprompt.cloze.label_words import LabelWords, find_label_words
from crossprompt.cloze.template import TextPieces
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.soft_measuring import SoftEntry, measure_entries
from crossprompt.comparison.storing import CellStore
from crossprompt.comparison.tasks import tested_locales
from crossprompt.corpora.xnli import NLI_LABELS
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.settings import TaskSettings
from crossprompt.translator.auxiliary import pairs_of
from crossprompt.translator.examples import FewShots, unlabelled_pairs
from crossprompt.translator.forms import ClozeForm, Form, PairForm
from crossprompt.translator.lines import ENGLISH, line_rows
from crossprompt.translator.prompt import prompt_maker
from crossprompt.translator.settings import PromptStudySettings
from crossprompt.translator.task import XNLI, ClozeTask, LineTask, Objective, Pairs
from crossprompt.trials.fine_tuning import FineTuned, fine_tune, fine_tune_softly
from crossprompt.trials.soft import SoftTrial


@dataclass(frozen=True)
class Bench:
    """Where contenders are measured.

    Attributes:
        backbone: The frozen encoder.
        pairs: Rows of ``NLI_FEATURES``.
        auxiliary: Rows of ``AUXILIARY_FEATURES``.
        settings: What is measured.
        results: Where results and prompts are kept.
        code_version: Whatever else names the code; results of other code are computed again.
    """

    backbone: Backbone
    pairs: Dataset
    auxiliary: Dataset
    settings: PromptStudySettings
    results: ResultFolder
    code_version: str = ""

    @cached_property
    def table(self) -> pa.Table:
        """Tests and development sets as lines."""
        return line_rows(self.pairs)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Those that are tested: all that the pairs have."""
        return tested_locales(self.table, None)

    @cached_property
    def shots(self) -> FewShots:
        """The few examples."""
        return FewShots(self.pairs, self.settings.shots)

    @cached_property
    def pieces(self) -> TextPieces:
        """Texts, tokenised once for all contenders."""
        return TextPieces(self.backbone.tokenizer)

    @cached_property
    def words(self) -> LabelWords:
        """The verbalizer.

        Raises:
            LabelWordError: A label has no word, or one that is no single token.
        """
        return find_label_words(self.settings.verbalizer, NLI_LABELS, self.backbone.tokenizer)

    @cached_property
    def external(self) -> Pairs:
        """PAWS-15."""
        return pairs_of(self.auxiliary)

    @cached_property
    def unlabelled(self) -> Pairs:
        """XNLI's development set."""
        return unlabelled_pairs(self.table, [locale for locale in self.languages if locale != ENGLISH])

    @cached_property
    def test_fingerprint(self) -> str:
        """Of all that is tested."""
        return fingerprint_value([self.table[name].to_pylist() for name in ("id", "partition", "intent", "utt")])


class Entry(SoftEntry):
    """One contender with so many shots."""

    def __init__(self, bench: Bench, name: str, shots: int, reader: LineTask | None = None) -> None:
        """Nothing is tokenised yet.

        Args:
            bench: Where it is measured.
            name: The contender.
            shots: Examples of each label.
            reader: A task of the same contender that answers for all, so that tests are written as rows once: they
                don't depend on the examples; None: the first seed's.

        Raises:
            SettingsError: The contender's settings are wrong.
        """
        self.bench, self.name, self.number = bench, name, shots
        self._reader = reader
        self.settings = bench.settings.contender(name)
        self.tasks: dict[int, LineTask] = {}

    def task(self, seed: int) -> LineTask:
        """The task with the examples that ``seed`` draws."""
        if seed not in self.tasks:
            data = self.bench.shots.take(self.number, seed)
            bench, backbone, form = self.bench, self.bench.backbone, self.form
            if isinstance(form, ClozeForm):
                self.tasks[seed] = ClozeTask(data, backbone, form, bench.words, self.objective)
            else:
                self.tasks[seed] = LineTask(data, backbone, form)
        return self.tasks[seed]

    @cached_property
    def form(self) -> Form:
        """How rows are written."""
        if self.settings.method == "fine-tuning":
            return PairForm(self.bench.backbone, self.bench.pieces)
        return ClozeForm(self.bench.backbone, self.bench.pieces, self.settings)

    @cached_property
    def objective(self) -> Objective:
        """What is learned from beside the labels."""
        settings, bench = self.settings, self.bench
        pairs: Pairs = ()
        if settings.aligns:
            pairs = bench.external if settings.auxiliary == "external" else bench.unlabelled
        return Objective.of(settings, pairs, bench.languages)

    def training(self, seed: int) -> TaskSettings:
        """The budget."""
        return self.settings.training(len(self.task(seed).data.train), len(self.objective.pairs))

    def trial(self, seed: int) -> SoftTrial:
        """One training of a prompt, with a frozen backbone or a tuned one."""
        return SoftTrial(
            name=f"{self.name}, {self.number} shots, seed {seed}",
            task=self.task(seed),
            settings=self.training(seed),
            learning_rate=self.settings.learning_rate,
            seed=seed,
            make_prompt=prompt_maker(self.settings, self.bench.backbone.width),
        )

    def tuned(self, seed: int) -> FineTuned:
        """One training of the whole backbone."""
        settings = self.settings
        if settings.method == "fine-tuning":
            return fine_tune(self.task(seed), settings.learning_rate, seed, self.training(seed), settings.dropout)
        return fine_tune_softly(self.trial(seed), settings.dropout)

    @cached_property
    def store(self) -> CellStore:
        """The result files."""
        seeds = self.bench.settings.seeds
        return CellStore(
            results=self.bench.results,
            cell=Cell(contender=self.name, task=XNLI, shots=self.number),
            task=self._reader or self.task(seeds[0]),
            seeds=seeds,
            fingerprint=self._fingerprint(),
        )

    def _fingerprint(self) -> str:
        bench, backbone, seeds = self.bench, self.bench.backbone, self.bench.settings.seeds
        value = {
            "tasks": [self.task(seed).fingerprint for seed in seeds],
            "tests": [bench.test_fingerprint, bench.settings.max_tests],
            "backbone": [backbone.identity.fingerprint, str(backbone.dtype), backbone.dropout, backbone.max_tokens],
            "contender": self.settings.model_dump(mode="json"),
            "training": [self.training(seed).model_dump(mode="json") for seed in seeds],
            "code": bench.code_version,
        }
        return fingerprint_value(value)


def measure(bench: Bench, name: str) -> list[Measurement]:
    """Measure what of a contender is not measured yet, with all its shots; all its measurements.

    Raises:
        SettingsError: The contender's settings are wrong.
        LabelWordError: A label has no word of one token.
        TemplateError: A language has no template.
        TaskDataError: The data don't suffice.
    """
    shots = bench.settings.shots_of(name)
    if not shots:
        return []
    reader = Entry(bench, name, shots[0]).task(bench.settings.seeds[0])
    entries = [Entry(bench, name, number, reader) for number in shots]
    tests = {test.locale: test for test in reader.tests(bench.table, bench.languages, bench.settings.max_tests)}
    tunes = entries[0].settings.tunes_backbone
    return measure_entries(name, entries, tests, tunes_backbone=tunes, texts_once=False)
