"""From the sections of a pre-training's configuration to what each of its steps is given."""

from __future__ import annotations

from dataclasses import dataclass

from crossprompt.corpora.settings import DialogueSettings, SentenceSettings, UtteranceSettings
from crossprompt.corpora.sources import data_root_folder
from crossprompt.pretraining.settings import (
    JudgeSettings,
    ModelSettings,
    ObjectiveSettings,
    PackageSettings,
    PretrainingSettings,
    TextSettings,
    TrainingSettings,
    VocabularySettings,
)
from crossprompt.pretraining.text import require_allowed_corpus
from pipelines.plan import Stage, source_stage
from pipelines.sections import Sections


class Pretraining(Sections):
    """All sections of a configuration, validated."""

    text: TextSettings = TextSettings()
    vocabulary: VocabularySettings = VocabularySettings()
    model: ModelSettings = ModelSettings()
    objectives: ObjectiveSettings = ObjectiveSettings()
    training: TrainingSettings = TrainingSettings()
    judge: JudgeSettings = JudgeSettings()
    package: PackageSettings = PackageSettings()

    def settings(self) -> PretrainingSettings:
        """What decides the model.

        Raises:
            SettingsError: The objectives are not such that a model of this kind learns from.
        """
        chosen = {"model": self.model, "objectives": self.objectives, "training": self.training}
        return PretrainingSettings.parse(chosen, "parameters")

    def corpora(self) -> dict[str, str]:
        """The corpus of each kind of text."""
        text = self.text
        sources = {"utterances": text.utterances, "dialogues": text.dialogues, "sentences": text.sentences}
        return {kind: source.corpus for kind, source in sources.items() if source is not None}


@dataclass(frozen=True)
class PretrainingPlan:
    """A pre-training with its sources found."""

    pretraining: Pretraining
    utterances: Stage
    dialogues: Stage | None
    sentences: Stage | None


def make_pretraining_plan(pretraining: Pretraining) -> PretrainingPlan:
    """Find the sources; nothing is fetched.

    Raises:
        PretrainingTextError: A corpus may not be trained on.
        SourceError: A source is missing.
    """
    for corpus in pretraining.corpora().values():
        require_allowed_corpus(corpus)
    root, text = data_root_folder(pretraining.data_root), pretraining.text
    utterances = source_stage(UtteranceSettings(source=text.utterances, locales=text.locales), root)
    dialogues = sentences = None
    if text.dialogues is not None:
        dialogues = source_stage(DialogueSettings(source=text.dialogues, splits=("train",)), root)
    if text.sentences is not None:
        wanted = SentenceSettings(source=text.sentences, languages=text.locales, splits=("train",))
        sentences = source_stage(wanted, root)
    return PretrainingPlan(pretraining, utterances, dialogues, sentences)
