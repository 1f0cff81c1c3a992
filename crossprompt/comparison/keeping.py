"""Soft prompts that are kept as they end: a run that was killed trains what is missing and no more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crossprompt.trials.group import train_together
from crossprompt.trials.soft import SoftTrial, TunedSoftPrompt
from crossprompt.trials.soft_file import SoftPromptFileError, load_soft_prompt, save_soft_prompt

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptTrial:
    """A trial, the file that its prompt is kept in, and the hex SHA-256 of all that decides the prompt."""

    trial: SoftTrial
    path: Path
    fingerprint: str

    def found(self) -> TunedSoftPrompt | None:
        """The prompt, if an earlier run left it."""
        try:
            return load_soft_prompt(self.path, self.fingerprint)
        except SoftPromptFileError as error:
            logger.debug("training anew: %s", error)
            return None

    def keep(self, prompt: TunedSoftPrompt) -> None:
        """Write the prompt in one step."""
        save_soft_prompt(prompt, self.trial.task.backbone.identity, self.fingerprint, self.path)


def kept_or_trained(wanted: Sequence[KeptTrial]) -> list[TunedSoftPrompt]:
    """The prompts that are kept, and the others trained in one group; each is written as it ends.

    So after a kill the group is smaller than it was, and the numbers are the same but for rounding.
    """
    found = {place: kept.found() for place, kept in enumerate(wanted)}
    new = [place for place, prompt in found.items() if prompt is None]

    def keep(number: int, prompt: TunedSoftPrompt) -> None:
        wanted[new[number]].keep(prompt)

    trained = dict(zip(new, train_together([wanted[place].trial for place in new], on_done=keep), strict=True))
    return [prompt or trained[place] for place, prompt in found.items()]
