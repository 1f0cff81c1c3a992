"""Learn an aligned prompt: the frozen backbone, a deep prompt, masked LM and contrast (paper 001, section 4)."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from crossprompt.alignment.batches import AlignmentBatch, BatchPlan
from crossprompt.alignment.corpus import ParallelCorpus
from crossprompt.alignment.gradients import add_gradients
from crossprompt.alignment.job import FOLDER, AlignmentJob, JobHeader
from crossprompt.alignment.launch import run_processes
from crossprompt.alignment.parts import own_part
from crossprompt.alignment.processes import ProcessGroup
from crossprompt.alignment.records import AlignmentCurve, AlignmentPoint
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.tokens import tokenize_texts
from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.loading import BackboneError
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.prompts.file import AlignedPrompt, PromptHeader, created_by
from crossprompt.storage.tensors import fingerprint_tensor
from crossprompt.training.checkpoint import Checkpoint, CheckpointStore
from crossprompt.training.guard import check_finite_gradients, check_finite_loss
from crossprompt.training.randomness import torch_generator
from crossprompt.training.resumable import ResumableRun, adam_moments, restore_moments
from crossprompt.training.schedule import warmup_factor

logger = logging.getLogger(__name__)

_DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (torch.float32, torch.bfloat16)}


def align_prompt(
    corpus: ParallelCorpus,
    backbone: Backbone,
    settings: AlignmentSettings,
    folder: Path,
    progress: bool = True,
    code_version: str = "",
    start: AlignedPrompt | None = None,
    group: ProcessGroup | None = None,
) -> tuple[AlignedPrompt, AlignmentCurve]:
    """Learn a prompt that brings translations together, on the frozen ``backbone``.

    A killed run continues from its last checkpoint in ``folder``, to the same result: bit for bit on a CPU. A run that
    is finished there is not repeated. Where the settings ask for several processes they are started, and ended.

    Args:
        corpus: Parallel and English text.
        backbone: Is asked for nothing but forwards and gradients; a resumed run goes on in the precision it began with.
        settings: Of the alignment.
        folder: Where the checkpoints of this run, and no other, are kept.
        progress: Show a bar with rate and time left.
        code_version: Whatever else names the code; a run is only gone on with if it is the same.
        start: A prompt to go on from, whose languages the result keeps; None: one that the seed draws. What is gone on
            from has its own length; ``settings.prompt.length`` does not count.
        group: Of whom this process is one; each is called with the same arguments, and each has the result.

    Raises:
        PromptFileError: ``start`` is a prompt of another backbone.
        NonFiniteError: A loss or gradient is NaN or infinite; the state before that update is kept in ``folder``.
        CheckpointError: ``folder`` belongs to another run.
        ProcessesError: One of several processes failed, for a reason above or another, or was killed.
    """
    store = CheckpointStore(folder, describe_run(corpus, backbone, settings, code_version, start))
    checkpoint = store.load()
    if settings.processes > 1 and group is None and not _finished(checkpoint):
        job = AlignmentJob(_header(store, backbone, settings, progress, code_version, start), corpus, start)
        run_processes(job, folder / FOLDER)
        checkpoint = store.load()
    backbone = backbone.in_dtype(_DTYPES[_agreed_dtype(backbone, checkpoint, group)])
    run = _Run(corpus, backbone, settings, checkpoint, start, group)
    if not _finished(checkpoint):
        _train(run, store, progress)
    return run.prompt_artifact(), run.curve()


def describe_run(
    corpus: ParallelCorpus,
    backbone: Backbone,
    settings: AlignmentSettings,
    code_version: str = "",
    start: AlignedPrompt | None = None,
) -> dict[str, Any]:
    """Everything that decides the result, as JSON values; how often checkpoints are written, and where, does not."""
    return {
        "corpus": corpus.fingerprint,
        "code": code_version,
        "backbone": backbone.identity.fingerprint,
        "precision": backbone.precision,
        "attention": backbone.attention,
        "dropout": backbone.dropout,
        "max_tokens": backbone.max_tokens,
        "settings": settings.model_dump(mode="json", exclude={"checkpoint_every", "machines"}),
        "start": None if start is None else fingerprint_tensor(start.values),
    }


def _finished(checkpoint: Checkpoint | None) -> bool:
    return checkpoint is not None and checkpoint.finished


def _header(
    store: CheckpointStore,
    backbone: Backbone,
    settings: AlignmentSettings,
    progress: bool,
    code_version: str,
    start: AlignedPrompt | None,
) -> JobHeader:
    """What processes are told beside the corpus."""
    if backbone.settings is None:
        raise BackboneError(f"backbone {backbone.identity.name!r} can't be loaded anew by other processes")
    return JobHeader(
        run=store.run,
        settings=settings,
        backbone=backbone.settings,
        device=backbone.device.type,
        code_version=code_version,
        progress=progress,
        from_start=start is not None,
    )


def _agreed_dtype(backbone: Backbone, checkpoint: Checkpoint | None, group: ProcessGroup | None) -> str:
    """The precision of the checkpoint, or else of the first process; raises ``ProcessesError`` if they stand apart."""
    if group is not None:
        group.agree("the checkpoint", "none" if checkpoint is None else f"that of step {checkpoint.step}")
    if checkpoint is not None:
        return str(checkpoint.info["dtype"])
    own = _dtype_name(backbone)
    return own if group is None else group.first_ones(own)


def _dtype_name(backbone: Backbone) -> str:
    return str(backbone.dtype).removeprefix("torch.")


class _Run(ResumableRun):
    """The state of a run: prompt, optimizer and curve, fresh or from a checkpoint."""

    def __init__(
        self,
        corpus: ParallelCorpus,
        backbone: Backbone,
        settings: AlignmentSettings,
        checkpoint: Checkpoint | None,
        start: AlignedPrompt | None,
        group: ProcessGroup | None,
    ) -> None:
        super().__init__()
        self.corpus, self.backbone, self.settings, self.start = corpus, backbone, settings, start
        self.group = group
        self.prompt = _first_prompt(backbone, settings, start).to(backbone.device)
        self.optimizer = torch.optim.Adam(self.prompt.parameters(), lr=settings.learning_rate)
        self.points: list[AlignmentPoint] = []
        if checkpoint is not None:
            self._restore(checkpoint)

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint must hold."""
        moments = adam_moments(self.optimizer, self.prompt.values)
        curve = torch.tensor([_row_from_point(point) for point in self.points], dtype=torch.float64)
        return {"prompt": self.prompt.values, "curve": curve.reshape(-1, len(AlignmentPoint.model_fields)), **moments}

    def info(self) -> dict[str, Any]:
        """Small facts beside the tensors."""
        return {"dtype": _dtype_name(self.backbone), "seconds": self.seconds}

    def batch(self, plan: BatchPlan) -> AlignmentBatch:
        """The input of the next update, or this process's part of it."""
        batch = plan.batch(self.step)
        if self.group is not None:
            gathered, tokenizer = self.settings.gathered_negatives, self.backbone.tokenizer
            batch = own_part(batch, self.group.rank, self.group.size, gathered, tokenizer)
        return batch.to(self.backbone.device)

    def save(self, store: CheckpointStore, finished: bool = False) -> None:
        """Write a checkpoint, in one process for all; raises ``ProcessesError`` if their prompts differ."""
        if self.group is not None:
            self.group.agree("the prompt", fingerprint_tensor(self.prompt.values.detach()))
        if self.group is None or self.group.writes:
            store.save(self.step, self.tensors(), self.info(), finished)

    def prompt_artifact(self) -> AlignedPrompt:
        """The prompt as it is now, with its header."""
        settings = self.settings
        header = PromptHeader(
            backbone=self.backbone.identity,
            shape=self.backbone.prompt_shape(int(self.prompt.values.shape[-2])),
            dtype=self.info()["dtype"],
            languages=tuple(sorted({*self.corpus.languages, *(self.start.header.languages if self.start else ())})),
            corpus_fingerprint=self.corpus.fingerprint,
            steps=self.step,
            seed=settings.seed,
            settings=settings.model_dump(mode="json"),
            created_by=created_by(),
        )
        return AlignedPrompt(self.prompt.values.detach().cpu().clone(), header)

    def curve(self) -> AlignmentCurve:
        """The run so far."""
        return AlignmentCurve(
            points=tuple(self.points),
            pairs=len(self.corpus.pairs),
            monolingual=len(self.corpus.monolingual),
            locales=self.corpus.languages,
            dtype=self.info()["dtype"],
            device=str(self.backbone.device),
            seconds=self.seconds,
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        tensors = checkpoint.tensors
        with torch.no_grad():
            self.prompt.values.copy_(tensors["prompt"])
        device = self.prompt.values.device
        moments = {name: value.to(device) for name, value in tensors.items() if name in ("exp_avg", "exp_avg_sq")}
        restore_moments(self.optimizer, self.prompt.values, {**moments, "step": tensors.get("step")})
        self.points = [_point_from_row(row) for row in tensors["curve"].tolist()]
        self.go_on_from(checkpoint)


def _first_prompt(backbone: Backbone, settings: AlignmentSettings, start: AlignedPrompt | None) -> DeepPrompt:
    """What the training begins with."""
    if start is None:
        shape = backbone.prompt_shape(settings.prompt.length)
        return DeepPrompt.fresh(shape, settings.prompt, torch_generator(settings.seed, "prompt"))
    start.check_fits(backbone.identity, backbone.prompt_shape(start.header.shape.length))
    return DeepPrompt(start.values, settings.prompt.dropout)


def _train(run: _Run, store: CheckpointStore, progress: bool) -> None:
    settings = run.settings
    tokens = tokenize_texts(run.corpus.texts, run.backbone.tokenizer, progress)
    plan = BatchPlan(run.corpus, tokens, run.backbone.tokenizer, settings)
    run.prompt.train()
    with tqdm(
        total=plan.total_steps, initial=run.step, desc="aligning", unit="step", disable=not progress, dynamic_ncols=True
    ) as bar:

        def update() -> None:
            run.points.append(_update(run, run.batch(plan), plan.total_steps))

        for _ in run.updates(plan.total_steps, settings.checkpoint_every, store, update):
            bar.update()
            bar.set_postfix(_shown(run.points[-1]), refresh=False)


def _update(run: _Run, batch: AlignmentBatch, total_steps: int) -> AlignmentPoint:
    """One step of Adam; raises ``NonFiniteError`` before anything is changed."""
    settings, step = run.settings, run.step
    run.optimizer.zero_grad(set_to_none=True)
    losses = add_gradients(run.prompt, run.backbone, batch, settings, step, run.group)
    check_finite_loss(losses.total, step, batch.ids)
    check_finite_gradients(run.prompt.parameters(), step, batch.ids)
    rate = settings.learning_rate * warmup_factor(step, total_steps, settings.warmup_share)
    run.optimizer.param_groups[0]["lr"] = rate
    run.optimizer.step()
    return AlignmentPoint(
        step=step + 1,
        loss=float(losses.total),
        mlm_loss=_number(losses.masked_lm),
        contrastive_loss=_number(losses.contrastive),
        accuracy=_number(losses.accuracy),
        learning_rate=rate,
    )


def _shown(point: AlignmentPoint) -> dict[str, str]:
    accuracy = {} if point.accuracy is None else {"accuracy": f"{point.accuracy:.0%}"}
    return {"loss": f"{point.loss:.2f}", **accuracy}


def _number(scalar: Tensor | None) -> float | None:
    return None if scalar is None else float(scalar)


def _row_from_point(point: AlignmentPoint) -> list[float]:
    values = (getattr(point, name) for name in AlignmentPoint.model_fields)
    return [math.nan if value is None else value for value in values]


def _point_from_row(row: list[float]) -> AlignmentPoint:
    known = (None if math.isnan(value) else value for value in row)
    return AlignmentPoint.model_validate(dict(zip(AlignmentPoint.model_fields, known, strict=True)))
