"""Measurements made up for tests: answers drawn with given skills, so that it is known who is better."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.tasks.task import ScoredAnswers
from crossprompt.training.randomness import numpy_generator

FINGERPRINT = "ab" * 32


def measurement(cell, seed, locale, numerators, denominators=None, ids=None, **facts):
    """A measurement with these counts; ids are 1, 2, ... unless given."""
    size = len(numerators)
    names = tuple(ids) if ids is not None else tuple(str(n + 1) for n in range(size))
    answers = ScoredAnswers(
        locale=locale,
        ids=names,
        answers=tuple("alarm_set" if right else "play_music" for right in numerators),
        numerators=tuple(int(n) for n in numerators),
        denominators=tuple(int(n) for n in denominators) if denominators is not None else (1,) * size,
    )
    values = {"learning_rate": 0.005, "updates": 120, "dev_score": 50.0, "fingerprint": FINGERPRINT} | facts
    return Measurement(cell=cell, seed=seed, answers=answers, **values)


def drawn(cell, seeds, skills, utterances, **facts):
    """Measurements of a cell with a share of right answers per locale; hard utterances are hard in every locale."""
    hardness = numpy_generator(0, "hardness").normal(size=utterances)
    for seed in seeds:
        for locale, skill in skills.items():
            generator = numpy_generator(seed, "answers", cell.contender, cell.task, str(cell.shots), locale)
            chance = np.clip(skill - 0.1 * hardness, 0.0, 1.0)
            if cell.task == "slots":
                true = numpy_generator(1, "spans").integers(0, 3, size=utterances)
                right = generator.binomial(true, chance)
                counts = 2 * right, true + generator.binomial(true, 0.9)
            else:
                counts = generator.random(utterances) < chance, None
            yield measurement(cell, seed, locale, *counts, **facts)


def cell(contender="APT", task="intent", shots=5):
    """A cell by its contender."""
    return Cell(contender=contender, task=task, shots=shots)


def timeless(measurements):
    """The same results but for what they took, which differs from run to run."""
    assert all(found.seconds is not None for found in measurements)
    return [found.model_copy(update={"seconds": None}) for found in measurements]


@contextmanager
def stopped_at(number):
    """What measures in this block is stopped when it is about to write its result file ``number``, as by Ctrl-C."""
    written, real = [], ResultFolder.write

    def stopping(folder, measurement):
        written.append(measurement)
        if len(written) == number:
            raise KeyboardInterrupt
        return real(folder, measurement)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ResultFolder, "write", stopping)
        with pytest.raises(KeyboardInterrupt):
            yield
