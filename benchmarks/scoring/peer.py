"""The same scoring with PEFT's prefix tuning in a text-classification pipeline of transformers.

The texts come in their order, a batch is padded to its longest, and each tuned prompt goes over them by itself: what
the library's documentation leads to. Weights, precision and allocator are the project's.
"""

from __future__ import annotations

from typing import Any

import torch
from datasets import Dataset
from peft import PeftModel, PrefixTuningConfig, get_peft_model
from torch import nn
from transformers import AutoModelForSequenceClassification, TextClassificationPipeline
from transformers.utils import logging

from benchmarks.alignment.peer import PREFIX, prefix_layout
from benchmarks.gate import Gate
from benchmarks.scoring.job import ScoringJob, intents
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.loading import load_tokenizer, locate_backbone
from crossprompt.tasks.batches import inference_batches, inference_tokens, padding_multiple
from crossprompt.tasks.classifier import TunedClassifier


def run(options: dict[str, Any], gate: Gate) -> None:
    """Each turn scores everything, from texts to answers."""
    job = ScoringJob.parse(options, "scoring")
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    backbone = load_backbone(job.backbone_settings)
    tests = job.read_tests()
    classifiers = job.make_classifiers(backbone, intents(tests))
    rows = job.rows or rows_per_batch(tests, backbone)
    model = build_model(job, backbone, len(classifiers[0].labels))
    tokenizer = load_tokenizer(locate_backbone(job.backbone_settings))
    pipeline = TextClassificationPipeline(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        model=model, tokenizer=tokenizer, device=backbone.device
    )
    positions = {f"LABEL_{place}": place for place in range(len(classifiers[0].labels))}
    texts = list(tests["utt"])
    gate.start()
    while True:
        answers = []
        for classifier in classifiers:
            put_in(classifier, model)
            answers.append([positions[answer["label"]] for answer in pipeline(texts, batch_size=rows)])
        job.write_answers(answers)
        gate.lap(len(texts) * len(classifiers), rows=rows)


def rows_per_batch(tests: Dataset, backbone: Backbone) -> int:
    """The mean number of rows in the project's batches over the same texts."""
    distinct = backbone.tokenizer.encode(sorted(set(tests["utt"])))
    batches = inference_batches(distinct, backbone.tokenizer, inference_tokens(backbone), padding_multiple(backbone))
    return round(len(distinct) / sum(1 for _ in batches))


def build_model(job: ScoringJob, backbone: Backbone, labels: int) -> PeftModel:
    """The library's classifier on the backbone's weights, behind a prefix; positions as in ``alignment.peer``."""
    model = AutoModelForSequenceClassification.from_pretrained(
        locate_backbone(job.backbone_settings).folder,
        dtype=backbone.dtype,
        attn_implementation=backbone.attention,
        num_labels=labels,
    )
    positions, shift = model.base_model.embeddings.position_embeddings.weight.data, job.prompt_length
    positions[shift:] = positions[:-shift].clone()
    config = PrefixTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=job.prompt_length, inference_mode=True)
    return get_peft_model(model, config).eval()


@torch.no_grad()
def put_in(classifier: TunedClassifier, model: PeftModel) -> None:
    """Give ``model`` the prompt and the head of ``classifier``."""
    model.get_parameter(PREFIX).copy_(prefix_layout(classifier.prompt))
    for head in _heads(model):
        for name in ("weight", "bias"):
            head.get_parameter(f"dense.{name}").copy_(classifier.head[f"dense.{name}"])
            head.get_parameter(f"out_proj.{name}").copy_(classifier.head[f"output.{name}"])


def _heads(model: PeftModel) -> list[nn.Module]:
    """The classification head; PEFT keeps a trainable copy beside the original."""
    return [module for module in model.modules() if hasattr(module, "out_proj") and hasattr(module, "dense")]
