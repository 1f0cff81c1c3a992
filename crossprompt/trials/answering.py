"""A tuned classifier, made ready to answer."""

from __future__ import annotations

from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import Head
from crossprompt.tasks.task import Encode, Task
from crossprompt.training.randomness import torch_generator
from crossprompt.trials.training import prompted


def make_ready(task: Task, classifier: TunedClassifier) -> tuple[Encode, Head]:
    """How a classifier encodes, and its head without dropout: what :meth:`crossprompt.tasks.task.Task.answer` takes.

    Args:
        task: On the backbone that the classifier was tuned on, with its labels.
        classifier: Its prompt and head are copied to the backbone's device.
    """
    backbone = task.backbone
    head = task.fresh_head(0.0, torch_generator(0, "head"))
    head.load_state_dict(classifier.head)
    return prompted(task, classifier.prompt.to(backbone.device, backbone.dtype)), head.to(backbone.device).eval()
