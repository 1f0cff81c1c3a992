"""The model card of a pre-trained backbone, from the records of its run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crossprompt.corpora.catalogue import find_corpus
from crossprompt.corpora.records import CorpusSummary
from crossprompt.pretraining.export import count_parameters, count_pieces
from crossprompt.pretraining.records import BackboneJudgement, DecoderJudgement, PretrainingCurve, PretrainingPoint
from crossprompt.pretraining.settings import PretrainingSettings

_LAST = 100
"""Updates whose mean loss is shown."""


def write_card(
    name: str,
    folder: Path,
    settings: PretrainingSettings,
    corpora: Sequence[CorpusSummary],
    curve: PretrainingCurve,
    judgement: BackboneJudgement | DecoderJudgement | None,
) -> str:
    """The card as Markdown.

    Args:
        name: Of the backbone.
        folder: With its files.
        settings: Of its pre-training.
        corpora: What was read.
        curve: Of the training.
        judgement: On dev sets, if there is one.
    """
    sections = [
        f"# The backbone `{name}`\n\nA small multilingual {_kind(settings).words}, made from text alone by "
        "`pipelines/pretrain_mini.py`.",
        _facts(settings, folder, curve),
        _data(corpora),
        _objectives(settings, curve),
        _judged(judgement),
        _use(settings),
    ]
    return "\n\n".join(sections) + "\n"


def _facts(settings: PretrainingSettings, folder: Path, curve: PretrainingCurve) -> str:
    pieces, parameters = count_pieces(folder), count_parameters(folder)
    model, training = settings.model, settings.training
    state = "" if curve.finished else f" of {training.max_steps:,} planned"
    hours = curve.seconds / 3600
    rows = {
        "architecture": f"{_kind(settings).architecture}: {model.layers} layers, width {model.width}, {model.heads} "
        f"heads, feed-forward {model.inner:,}, {model.positions} positions",
        "parameters": f"{parameters / 1e6:.1f} million, stored as 16-bit floats; compute in float32 or bfloat16",
        "tokenizer": f"unigram, {pieces:,} pieces, NFKC and lower case; other characters are spelled in bytes",
        "training": f"{len(curve.points):,} updates{state} of {training.batch_rows} rows, {curve.tokens / 1e6:.1f} "
        f"million tokens, {hours:.1f} hours on {_place(curve)} in {curve.dtype}",
        "translation pairs used": "yes: see the objectives" if settings.objectives.uses_pairs else "no",
        "embeddings start from": _start(settings.objectives.parallel_embeddings),
        "embeddings are trained": f"from deviation {model.embedding_deviation:g}, at {training.embedding_rate:g} times "
        "the rate of the rest",
        "seed": str(training.seed),
        "load with": f"`{_kind(settings).loader}` and `AutoTokenizer` of `transformers`",
    }
    return _table(("", ""), rows.items())


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of model in words."""

    words: str
    architecture: str
    loader: str
    objective: str
    restores: str


_KINDS = {
    "encoder": _Kind(
        "masked language model",
        "XLM-RoBERTa",
        "AutoModelForMaskedLM",
        "All are masked language modelling.",
        "restores masked tokens of",
    ),
    "decoder": _Kind(
        "causal language model",
        "XGLM",
        "AutoModelForCausalLM",
        "Each tells the next token from those before it, or, where it is said, what a translation holds.",
        "goes through",
    ),
}


def _kind(settings: PretrainingSettings) -> _Kind:
    return _KINDS[settings.model.kind]


def _start(share: float) -> str:
    if not share:
        return "random numbers"
    return (
        "the sentences, known by id, in whose translations a piece stands (singular vectors, "
        f"{share:.0%} of the variance), and random numbers"
    )


def _place(curve: PretrainingCurve) -> str:
    threads = "thread" if curve.threads == 1 else "threads"
    return f"{curve.threads} CPU {threads}" if curve.device == "cpu" else curve.device


def _data(corpora: Sequence[CorpusSummary]) -> str:
    rows = []
    for summary in corpora:
        entry = find_corpus(summary.corpus)
        train = [count for count in summary.counts if count.split == "train"]
        texts = sum(count.turns for count in train)
        rows.append((entry.title, f"{texts:,}", entry.licence, f"`{summary.fingerprint[:16]}`"))
    return (
        "## Data\n\nTraining parts only; no development or test text, and no labels. The texts are not included."
        "\n\n" + _table(("corpus", "texts of train", "licence", "fingerprint"), rows)
    )


def _objectives(settings: PretrainingSettings, curve: PretrainingCurve) -> str:
    objectives, last = settings.objectives, curve.points[-_LAST:]
    shown = (
        ("masked_lm", objectives.masked_lm, objectives.masked_lm_mask, "one text"),
        (
            "translation_lm",
            objectives.translation_lm,
            objectives.translation_lm_mask,
            "a text and its translation in one row",
        ),
        (
            "bottleneck_source",
            objectives.bottleneck,
            objectives.bottleneck_source_mask,
            "the text that the bottleneck reads",
        ),
        (
            "bottleneck",
            objectives.bottleneck,
            objectives.bottleneck_mask,
            "its translation, restored from the last `<s>` of that text and from what is not masked",
        ),
        ("causal_lm", objectives.causal_lm, None, "one text"),
        ("causal_translation", objectives.causal_translation, None, "a text and, behind it, its translation"),
        ("causal_meaning", objectives.causal_meaning, None, "a text; its end tells pieces of its translation"),
    )
    rows = [
        (name, what, f"{share:.0%}", "–" if mask is None else f"{mask:.0%}", f"{_last_loss(name, last):.3f}")
        for name, share, mask, what in shown
        if share
    ]
    kind = _kind(settings)
    header = ("objective", kind.restores, "share of rows", "masked", f"loss, last {len(last)} updates")
    return f"## Objectives\n\n{kind.objective}\n\n" + _table(header, rows)


def _last_loss(name: str, last: Sequence[PretrainingPoint]) -> float:
    return sum(float(getattr(point, name)) for point in last) / max(1, len(last))


def _judged(judgement: BackboneJudgement | DecoderJudgement | None) -> str:
    if judgement is None:
        return "## Judgement\n\nNot judged."
    return _judgement(judgement) if isinstance(judgement, BackboneJudgement) else _decoder_judgement(judgement)


def _decoder_judgement(judgement: DecoderJudgement) -> str:
    ordered = sorted(judgement.losses.items(), key=lambda item: item[1])
    return (
        "## Judgement\n\nOn development sets, which were not trained on; test sets were not looked at.\n\n"
        f"Loss in nats per token of an utterance (mean {judgement.loss:.3f}):\n\n"
        + _table(("locale", "loss"), [(locale, f"{loss:.3f}") for locale, loss in ordered])
    )


def _judgement(judgement: BackboneJudgement) -> str:
    methods = {"aligned prompt": judgement.aligned, "fresh prompt": judgement.fresh}
    rows = [
        (name, f"{_mean(score.english):.1f}", f"{_mean(score.average):.1f}", str(len(score.english)))
        for name, score in methods.items()
    ]
    ordered = sorted(judgement.losses.items(), key=lambda item: item[1])
    losses = [(locale, f"{loss:.3f}", f"{_mean(judgement.aligned.locales[locale]):.1f}") for locale, loss in ordered]
    return (
        "## Judgement\n\nOn development sets, which were not trained on; test sets were not looked at.\n\n"
        f"Intent accuracy in percent, {judgement.shots} English shots per intent:\n\n"
        + _table(("", "English", f"average of {len(losses)} locales", "seeds"), rows)
        + f"\n\nMasked-LM loss in nats per masked token (mean {judgement.loss:.3f}); accuracy with aligned prompts:\n\n"
        + _table(("locale", "loss", "accuracy"), losses)
    )


def _use(settings: PretrainingSettings) -> str:
    pairs = (
        "- It saw translated pairs, so its languages are closer to each other than those of a model of single texts "
        "such as XLM-R: compare methods on a version without pairs too.\n"
        if settings.objectives.uses_pairs
        else ""
    )
    return (
        "## Intended use\n\n"
        "- Research on prompts and transfer for short, spoken requests; runs of the whole chain without a network.\n"
        + pairs
        + "- It is no substitute for a large model, knows little of the world, and has the biases of its texts.\n"
        "- It must not decide anything about people."
    )


def _table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(header), ["---"] * len(header), *([*row] for row in rows)]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
