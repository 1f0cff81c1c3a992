"""An alignment written down, for processes that are started to work on it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from crossprompt.alignment.corpus import ParallelCorpus
from crossprompt.alignment.corpus_file import load_corpus, save_corpus
from crossprompt.alignment.processes import ProcessesError
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import AlignedPrompt, load_prompt, save_prompt
from crossprompt.records import Record
from crossprompt.storage.atomic import write_text_atomic

FOLDER = "job"
"""Beside the checkpoints, while processes are at work."""

_HEADER, _START = "job.json", "start.safetensors"
_FAILURE = "failure-{}.txt"


class JobHeader(Record):
    """The small parts of a job, as JSON."""

    run: str
    """Fingerprint of all that decides the result: ``run`` of the checkpoints' store."""
    settings: AlignmentSettings
    backbone: BackboneSettings
    device: str
    """``cpu`` or ``cuda``: what each process computes on."""
    code_version: str
    progress: bool
    from_start: bool
    """Whether there is a prompt to go on from."""


@dataclass(frozen=True, slots=True)
class AlignmentJob:
    """All that a process needs to learn a prompt beside others."""

    header: JobHeader
    corpus: ParallelCorpus
    start: AlignedPrompt | None

    def write(self, folder: Path) -> None:
        """Write the job into ``folder``; whatever is there goes. The header comes last."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        save_corpus(self.corpus, folder)
        if self.start is not None:
            save_prompt(self.start, folder / _START)
        write_text_atomic(folder / _HEADER, self.header.model_dump_json(indent=2))

    @classmethod
    def read(cls, folder: Path) -> AlignmentJob:
        """The job in ``folder``.

        Raises:
            ProcessesError: There is none.
        """
        try:
            header = JobHeader.model_validate_json((folder / _HEADER).read_text(encoding="utf-8"))
            start = load_prompt(folder / _START) if header.from_start else None
            return cls(header, load_corpus(folder), start)
        except (OSError, ValidationError) as error:
            raise ProcessesError(
                f"{folder} holds no alignment to work on ({type(error).__name__}): start the run first, and give the "
                "folder that it names"
            ) from error


def note_failure(folder: Path, rank: int, error: BaseException) -> None:
    """Leave for whoever started the processes why this one failed."""
    write_text_atomic(folder / _FAILURE.format(rank), f"{type(error).__name__}: {error}")


def noted_failures(folder: Path, size: int) -> Mapping[int, str]:
    """Why which of ``size`` processes failed, as far as they could say."""
    files = {rank: folder / _FAILURE.format(rank) for rank in range(size)}
    return {rank: file.read_text(encoding="utf-8") for rank, file in files.items() if file.is_file()}
