"""Train a language model from random weights; a killed run goes on from its last checkpoint."""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from tqdm import tqdm

from crossprompt.alignment.tokens import TokenStore, tokenize_texts
from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.pretraining.batches import Objective, PretrainingBatch, RowPlan
from crossprompt.pretraining.causal import CausalRowPlan
from crossprompt.pretraining.decoder import causal_losses
from crossprompt.pretraining.encoder import embed_packed, encode_packed, token_losses
from crossprompt.pretraining.model import fresh_model, start_embeddings
from crossprompt.pretraining.parallel import parallel_embeddings
from crossprompt.pretraining.records import PretrainingCurve, PretrainingPoint
from crossprompt.pretraining.schedule import cosine_factor
from crossprompt.pretraining.settings import PretrainingSettings
from crossprompt.pretraining.text import PretrainingText
from crossprompt.training.checkpoint import Checkpoint, CheckpointStore
from crossprompt.training.device import choose_device, choose_dtype
from crossprompt.training.guard import NonFiniteError, check_finite_loss
from crossprompt.training.memory import keep_freed_memory
from crossprompt.training.resumable import MOMENTS, ResumableRun, adam_moments, restore_moments

if TYPE_CHECKING:
    from transformers import PreTrainedModel, XLMRobertaForMaskedLM

logger = logging.getLogger(__name__)

LOG_EVERY = 100
_DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in (torch.float32, torch.bfloat16)}
_FIELDS = tuple(PretrainingPoint.model_fields)


def pretrain(
    text: PretrainingText,
    tokenizer: BackboneTokenizer,
    settings: PretrainingSettings,
    folder: Path,
    *,
    run: dict[str, Any],
    device: torch.device | str | None = None,
    progress: bool = True,
) -> tuple[PreTrainedModel, PretrainingCurve]:
    """Train a fresh model on ``text``.

    Batches and masks are drawn from the seed and the number of the update, so that a killed run, called again, comes to
    the same weights: bit for bit on a CPU with as many threads. ``max_hours`` ends a call early; the curve says
    so, and the next call goes on.

    Args:
        text: Training text.
        tokenizer: Whose pieces the model learns.
        settings: Of the pre-training.
        folder: Where the checkpoints of this run, and no other, are kept.
        run: What decides the result, see :func:`describe_run`.
        device: None: CUDA if there is one.
        progress: Show a bar with tokens per second and time left.

    Returns:
        The model, in float32, and the losses so far.

    Raises:
        NonFiniteError: A loss or gradient is NaN or infinite; the state before that update is kept in ``folder``.
        CheckpointError: ``folder`` belongs to another run.
        PretrainingTextError: The objectives ask for pairs, and there are none.
    """
    target = choose_device(device)
    if target.type == "cpu":
        keep_freed_memory()
    store = CheckpointStore(folder, run)
    state = _State(fresh_model(settings.model, tokenizer.vocabulary_size, settings.training.seed), settings, target)
    checkpoint = store.load()
    if checkpoint is not None:
        state.restore(checkpoint)
    if checkpoint is None or not checkpoint.finished:
        tokens = tokenize_texts(text.texts, tokenizer, progress)
        if checkpoint is None:
            _begin(state, text, tokens)
        training = settings.training
        kind = RowPlan if settings.model.kind == "encoder" else CausalRowPlan
        plan = kind(text, tokens, tokenizer, settings.objectives, training.batch_rows, training.seed)
        _train(state, plan, store, progress)
    return state.model, state.curve()


def describe_run(
    text_fingerprint: str, tokenizer_fingerprint: str, settings: PretrainingSettings, code_version: str = ""
) -> dict[str, Any]:
    """Everything that decides the result, as JSON values; how often checkpoints are written does not."""
    shown = settings.model_dump(mode="json", include={"model", "objectives", "training"})
    for name in ("checkpoint_every", "max_hours"):
        del shown["training"][name]
    return {"text": text_fingerprint, "tokenizer": tokenizer_fingerprint, "settings": shown, "code": code_version}


def restore_model(
    folder: Path, run: dict[str, Any], settings: PretrainingSettings, vocabulary_size: int
) -> tuple[PreTrainedModel, PretrainingCurve] | None:
    """The model and losses of the newest checkpoint in ``folder``, also of a run under way; None without one.

    Raises:
        CheckpointError: ``folder`` belongs to another run.
    """
    checkpoint = CheckpointStore(folder, run).load()
    if checkpoint is None:
        return None
    model = fresh_model(settings.model, vocabulary_size, settings.training.seed)
    state = _State(model, settings, torch.device("cpu"))
    state.restore(checkpoint)
    return state.model, state.curve()


class _State(ResumableRun):
    """Model, optimizer and curve, fresh or from a checkpoint."""

    def __init__(self, model: PreTrainedModel, settings: PretrainingSettings, device: torch.device) -> None:
        super().__init__()
        self.model = model.to(device)  # type: ignore[arg-type]  # transformers decorates the method without types
        self.settings, self.device = settings, device
        self.dtype: torch.dtype | None = None
        self.optimizer = _make_optimizer(self.model, settings)
        self.tokens = 0
        self.points: list[PretrainingPoint] = []

    def autocast(self) -> AbstractContextManager[None]:
        """Products in the chosen precision; weights and their updates stay float32."""
        if self.dtype is None:
            self.dtype = choose_dtype(self.settings.training.dtype, self.device)
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16)

    def save(self, store: CheckpointStore, finished: bool = False) -> None:
        """Write a checkpoint."""
        rows = [[getattr(point, name) for name in _FIELDS] for point in self.points]
        tensors = {"curve": torch.tensor(rows, dtype=torch.float64).reshape(-1, len(_FIELDS))}
        for name, parameter in self.model.named_parameters():
            tensors[f"model.{name}"] = parameter
            moments = adam_moments(self.optimizer, parameter)
            tensors |= {f"{moment}.{name}": value for moment, value in moments.items()}
        dtype = str(self.dtype).removeprefix("torch.")
        info = {"dtype": dtype, "seconds": self.seconds, "tokens": self.tokens}
        store.save(self.step, tensors, info, finished)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Take up where ``checkpoint`` was written."""
        for name, parameter in self.model.named_parameters():
            with torch.no_grad():
                parameter.copy_(checkpoint.tensors[f"model.{name}"])
            found = {moment: checkpoint.tensors.get(f"{moment}.{name}") for moment in MOMENTS}
            moments = {moment: value.to(self.device) for moment, value in found.items() if value is not None}
            restore_moments(self.optimizer, parameter, moments)
        self.dtype = _DTYPES[checkpoint.info["dtype"]]
        self.points = [_point_from_row(row) for row in checkpoint.tensors["curve"].tolist()]
        self.tokens = int(checkpoint.info["tokens"])
        self.go_on_from(checkpoint)

    def curve(self) -> PretrainingCurve:
        """The run so far."""
        return PretrainingCurve(
            points=tuple(self.points),
            finished=self.step >= self.settings.training.max_steps,
            tokens=self.tokens,
            seconds=self.seconds,
            dtype=str(self.dtype).removeprefix("torch."),
            device=self.device.type,
            threads=torch.get_num_threads(),
        )


def _make_optimizer(model: PreTrainedModel, settings: PretrainingSettings) -> torch.optim.AdamW:
    """AdamW in one kernel; matrices decay, but not biases, norms and embeddings.

    Each group's ``factor`` is its rate as a multiple of the settings' rate: word embeddings have their own.
    """
    training = settings.training
    words = cast("nn.Embedding", model.get_input_embeddings()).weight
    decayed: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter is not words:
            (decayed if parameter.dim() > 1 and "embed" not in name else plain).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": training.weight_decay, "factor": 1.0},
        {"params": plain, "weight_decay": 0.0, "factor": 1.0},
        {"params": [words], "weight_decay": 0.0, "factor": training.embedding_rate},
    ]
    return torch.optim.AdamW(groups, lr=training.learning_rate, betas=(0.9, training.beta2), eps=1e-6, fused=True)


def _begin(state: _State, text: PretrainingText, tokens: TokenStore) -> None:
    """What a fresh model knows of translations before its first update."""
    settings = state.settings
    share = settings.objectives.parallel_embeddings
    if share:
        size, width = state.model.config.vocab_size, settings.model.width
        vectors, known = parallel_embeddings(text, tokens, size, width, settings.training.seed)
        start_embeddings(state.model, vectors, known, share, settings.model.embedding_deviation)


def _train(state: _State, plan: RowPlan, store: CheckpointStore, progress: bool) -> None:
    training = state.settings.training
    session = time.monotonic()
    with tqdm(
        total=training.max_steps, initial=state.step, desc="pre-training", unit="step", disable=not progress
    ) as bar:

        def update() -> None:
            state.points.append(_next_point(state, plan))

        for _ in state.updates(training.max_steps, training.checkpoint_every, store, update):
            point = state.points[-1]
            bar.update()
            rate = point.tokens / max(point.seconds, 1e-9)
            bar.set_postfix(loss=f"{point.loss:.3f}", tokens_per_s=f"{rate:,.0f}", refresh=False)
            if state.step % LOG_EVERY == 0:
                logger.info("step %d of %d: %s", state.step, training.max_steps, _describe(state.points[-LOG_EVERY:]))
            if training.max_hours and time.monotonic() - session > training.max_hours * 3600:
                state.save(store, finished=state.step >= training.max_steps)
                return


def _next_point(state: _State, plan: RowPlan) -> PretrainingPoint:
    """One update, and what is kept of it."""
    start = time.monotonic()
    batch = plan.batch(state.step)
    losses = _update(state, batch.to(state.device))
    state.tokens += batch.tokens
    seconds = time.monotonic() - start
    return PretrainingPoint(step=state.step + 1, tokens=batch.tokens, seconds=seconds, **losses)


def _update(state: _State, batch: PretrainingBatch) -> dict[str, float]:
    """One step of AdamW; raises :class:`NonFiniteError` before anything is changed."""
    training = state.settings.training
    with state.autocast():
        losses = batch_losses(state.model, batch)
    loss = losses.mean()
    check_finite_loss(loss.detach(), state.step, batch.ids)
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    norm = torch.nn.utils.clip_grad_norm_(state.model.parameters(), training.clip_norm)
    if not torch.isfinite(norm).item():
        raise NonFiniteError("a gradient", state.step, batch.ids)
    factor = cosine_factor(state.step, training.max_steps, training.warmup_share, training.final_share)
    for group in state.optimizer.param_groups:
        group["lr"] = training.learning_rate * group["factor"] * factor
    state.optimizer.step()
    shown = {objective.name.lower(): _mean(losses.detach(), batch.objectives == objective) for objective in Objective}
    return {"loss": float(loss.detach()), "gradient_norm": float(norm), **shown}


def batch_losses(model: PreTrainedModel, batch: PretrainingBatch) -> Tensor:
    """Cross-entropy of each token that is to be told, ``[targets]``: masked ones, or a decoder's next ones."""
    from transformers import XGLMForCausalLM

    if isinstance(model, XGLMForCausalLM):
        return causal_losses(model, batch)
    return _masked_losses(cast("XLMRobertaForMaskedLM", model), batch)


def _masked_losses(model: XLMRobertaForMaskedLM, batch: PretrainingBatch) -> Tensor:
    """Those of an encoder.

    A translation of the bottleneck begins with the other text's last hidden state at ``<s>`` in place of the embedding
    of ``<s>``, and sees nothing else of it: what its own words don't tell must have gone through that one vector.
    """
    parts = [batch.first] if batch.second is None else [batch.first, batch.second]
    embedded = embed_packed(model, parts)
    hidden = encode_packed(model, batch.first, embedded[0])
    states = [hidden.index_select(0, batch.first.masked)]
    if batch.second is not None:
        meaning = hidden.index_select(0, batch.first.starts.index_select(0, batch.sources))
        opened = embedded[1].index_copy(0, batch.second.starts, meaning.to(embedded[1].dtype))
        restored = encode_packed(model, batch.second, opened)
        states.append(restored.index_select(0, batch.second.masked))
    return token_losses(model, torch.cat(states), batch.targets)


def _mean(losses: Tensor, chosen: Tensor) -> float:
    """NaN if nothing is chosen."""
    return float(losses[chosen].mean())


def _describe(points: list[PretrainingPoint]) -> str:
    """Means over some updates, for the log."""
    names = ("loss", *(objective.name.lower() for objective in Objective))
    means = {name: sum(getattr(point, name) for point in points) / len(points) for name in names}
    rate = sum(point.tokens for point in points) / sum(point.seconds for point in points)
    return ", ".join(f"{name} {mean:.3f}" for name, mean in means.items()) + f", {rate:,.0f} tokens/s"


def _point_from_row(row: list[float]) -> PretrainingPoint:
    values: dict[str, Any] = dict(zip(_FIELDS, row, strict=True))
    return PretrainingPoint(**{**values, "step": int(values["step"]), "tokens": int(values["tokens"])})
