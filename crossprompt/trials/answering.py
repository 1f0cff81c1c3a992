"""A tuned classifier, made ready to answer."""

from __future__ import annotations

from torch import Tensor

from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import Head
from crossprompt.tasks.task import Encode, Task
from crossprompt.training.randomness import torch_generator
from crossprompt.trials.soft import TunedSoftPrompt, softly_prompted
from crossprompt.trials.training import prompted


def make_ready(task: Task, classifier: TunedClassifier) -> tuple[Encode, Head]:
    """How a classifier encodes, and its head without dropout: what :meth:`crossprompt.tasks.task.Task.answer` takes.

    Args:
        task: On the backbone that the classifier was tuned on, with its labels.
        classifier: Its prompt and head are copied to the backbone's device.
    """
    backbone = task.backbone
    prompt = classifier.prompt.to(backbone.device, backbone.dtype)
    return prompted(task, prompt), _with_state(task, classifier.head)


def make_soft_ready(task: Task, tuned: TunedSoftPrompt) -> tuple[Encode, Head]:
    """As :func:`make_ready` for a soft prompt at the input, on the frozen backbone."""
    backbone = task.backbone
    return softly_prompted(task, tuned.table.to(backbone.device)), _with_state(task, tuned.head)


def _with_state(task: Task, state: dict[str, Tensor]) -> Head:
    head = task.fresh_head(0.0, torch_generator(0, "head"))
    head.load_state_dict(state)
    return head.to(task.backbone.device).eval()
