"""Tasks of pairs, whose rows are drawn anew for every update, in the engine that trains them."""

from __future__ import annotations

import pytest
import torch

from crossprompt.corpora.utterance import ENGLISH
from crossprompt.prompts.settings import PromptSettings
from crossprompt.tasks.dialogue_intents import tabulate_dialogue_intents
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.nli import NliTask
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import TaskSettings, XsgdSettings
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.tasks.xsgd import XsgdTask
from crossprompt.trials.group import train_group
from crossprompt.trials.training import TrialSpec, prompted
from tests.crossprompt.sample_task import mini, sample_utterances
from tests.crossprompt.tasks.invented_dialogues import INTENTS, dialogues

FEW = TaskSettings(shots=1, prompt=PromptSettings(length=2), batch_size=4, max_updates=4, evaluate_every=2, seeds=(0,))
SPECS = (TrialSpec(Method.FRESH, 1e-2, 0), TrialSpec(Method.FRESH, 5e-3, 1))


def nli():
    return NliTask(prepare_intent_data(sample_utterances(), 2), mini()), sample_utterances().with_format("arrow")[:]


def xsgd():
    settings = XsgdSettings()
    data = tabulate_dialogue_intents(dialogues("train", "dev", "test"), ENGLISH, INTENTS, settings)
    return XsgdTask(data, mini(), settings), data.utterances


@pytest.mark.parametrize("make", [nli, xsgd])
def test_trials_in_a_group_get_the_pairs_that_they_get_alone_and_answer_tests(make):
    task, table = make()
    together = train_group(task, SPECS, FEW)
    for spec, tuned in zip(SPECS, together, strict=True):
        (alone,) = train_group(task, [spec], FEW)
        assert (tuned.history.seed, tuned.labels) == (spec.seed, task.labels)
        for point, other in zip(tuned.history.points, alone.history.points, strict=True):
            assert point.train_loss == pytest.approx(other.train_loss, abs=1e-4)
        head = IntentHead.from_state(tuned.head)
        (answers,) = task.answer(prompted(task, tuned.prompt), head, task.tests(table, [ENGLISH], 3))
        assert len(answers.ids) == 3
        assert 0 <= answers.score <= 100
    assert not torch.equal(together[0].prompt, together[1].prompt)
