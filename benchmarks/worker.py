"""The process of one contender: ``python -m benchmarks.worker CONTENDER_FILE``, turns on its standard streams."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from pathlib import Path

from benchmarks.gate import Finished, Gate
from benchmarks.records import Contender
from crossprompt.records import Record


class Farewell(Record):
    """The last line of a contender."""

    peak_memory: int


def main(file: Path) -> None:
    """Run the contender in ``file`` until it has no more turns.

    What libraries print goes to standard error, so that nothing comes between the answers.
    """
    contender = Contender.model_validate_json(file.read_text(encoding="utf-8"))
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        module, _, function = contender.entry.partition(":")
        run = getattr(importlib.import_module(module), function)
        gate = Gate(sys.stdin, answers)
        with suppress(Finished):
            run(contender.options, gate)
        answers.write(Farewell(peak_memory=gate.peak_memory()).model_dump_json() + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
