"""Plausible results of all stages, invented but consistent, for tests of what reads them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from crossprompt.alignment.records import AlignmentCurve, AlignmentPoint
from crossprompt.corpora.records import CorpusSummary, SplitCount
from crossprompt.evaluation.records import EvaluationResult, LocaleScore, MethodScore, PairedTest
from crossprompt.quality.checks import CATALOGUE
from crossprompt.quality.records import CheckResult, LocaleVerdict, ValidationSummary
from crossprompt.records import Record
from crossprompt.reports.inputs import ReportInputs
from crossprompt.reports.settings import ReportSettings
from crossprompt.tasks.records import Method, TrainingHistory, TrainingPoint
from crossprompt.tuning.records import MethodStudy, TrialRecord, TuningResult

_TAGS = """
af-ZA am-ET ar-SA az-AZ bn-BD ca-ES cy-GB da-DK de-DE el-GR en-US es-ES fa-IR fi-FI fr-FR he-IL hi-IN hu-HU hy-AM id-ID
is-IS it-IT ja-JP jv-ID ka-GE km-KH kn-IN ko-KR lv-LV ml-IN mn-MN ms-MY my-MM nb-NO nl-NL pl-PL pt-PT ro-RO ru-RU sl-SL
sq-AL sv-SE sw-KE ta-IN te-IN th-TH tl-PH tr-TR ur-PK vi-VN zh-CN zh-TW
"""
LOCALES = tuple(_TAGS.split())
STAGES = (
    "ingest_dialogues",
    "ingest_utterances",
    "translate_dialogues",
    "validate_translations",
    "align_prompts",
    "tune_learning_rate",
    "tune_task",
    "evaluate_locales",
)
GRID = (0.1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3)
CHECKS = tuple((check.name.value, check.severity.value) for check in CATALOGUE)
UTTERANCES = 2974


class PromptFacts(Record):
    """A stand-in for the header of a prompt file."""

    backbone: str = "mini"
    revision: str = "0f3a" * 10
    shape: tuple[int, ...] = (6, 2, 4, 16, 64)
    languages: tuple[str, ...] = LOCALES
    corpus_fingerprint: str = "5be1" * 16
    steps: int = 600


@dataclass(frozen=True)
class Shape:
    """What kind of results to invent: ``gain`` is the mean advantage of aligned prompts in points."""

    locales: tuple[str, ...] = LOCALES
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    gain: float = 3.2
    methods: tuple[Method, ...] = tuple(Method)
    quarantine: bool = True
    dropped: tuple[str, ...] = ()
    updates: int = 600


def report_inputs(shape: Shape = Shape(), **changes: Any) -> ReportInputs:
    """Results of a whole run; ``changes`` replace single fields."""
    random = Random(7)
    evaluation = make_evaluation(shape, random)
    fields: dict[str, Any] = {
        "settings": ReportSettings(),
        "dialogues": _corpus("sample", {"train": 14, "dev": 3, "test": 3}, 234, shape.quarantine),
        "utterances": _corpus("sample", {"train": 168, "dev": 42, "test": 63 * len(shape.locales)}, 0, False),
        "dialogue_quarantine": _refused_dialogues() if shape.quarantine else [],
        "utterance_quarantine": [],
        "validation": make_validation(shape, random),
        "translation_quarantine": refused_translations(shape) if shape.quarantine else [],
        "prompt": PromptFacts() if Method.ALIGNED in shape.methods else None,
        "alignment": make_alignment(shape, random) if Method.ALIGNED in shape.methods else None,
        "tuning": make_tuning(shape, random),
        "trainings": [make_history(m, seed, 0.01, random) for m in shape.methods for seed in shape.seeds],
        "evaluation": evaluation,
        "stages": _stages(),
        "versions": {"torch": "2.13.0", "transformers": "5.23.0", "optuna": "5.0.0", "zenml": "0.98.0"},
        "configuration": {"task": {"shots": 5, "seeds": list(shape.seeds)}, "alignment": {"batch_size": 64}},
        "command": "zenml pipeline run align_and_eval -c configs/massive.yaml",
        "machine": {"system": "Linux", "cores": "2", "cpu_features": "avx512_bf16, avx512_f"},
        "started": "2026-03-04T05:06:07",
        "seconds": 1234.5,
        "dashboards": {"MLflow": "http://127.0.0.1:5000/#/experiments/1", "Optuna": ".crossprompt/optuna.db"},
    }
    return ReportInputs(**{**fields, **changes})


def make_evaluation(shape: Shape, random: Random) -> EvaluationResult:
    """Scores whose averages and gaps agree with the single locales."""
    english = {m: 71.0 + (shape.gain if m is Method.ALIGNED else 0) for m in shape.methods}
    raw = {tag: _seed_scores(tag, shape, english, random) for tag in shape.locales}
    reference = next((raw[tag] for tag in shape.locales if tag.startswith("en")), raw[shape.locales[0]])
    scores = tuple(_locale_score(tag, raw[tag], reference, shape, random) for tag in shape.locales)
    average = tuple(_average(method, raw, reference) for method in shape.methods)
    difference = average[0].mean - average[-1].mean
    pooled = _paired(difference, 0.45, "paired permutation test, clustered by utterance", corrected=False)
    return EvaluationResult(
        locales=scores,
        average=average,
        average_majority=7.03,
        pooled=pooled,
        pooled_mcnemar=pooled.model_copy(update={"test": "McNemar", "p": pooled.p / 10}),
        seeds=shape.seeds,
        confidence=0.95,
    )


def make_validation(shape: Shape, random: Random) -> ValidationSummary:
    """Verdicts on every locale but English; a dropped one falls under its share."""
    targets = [tag for tag in sorted({*shape.locales, *shape.dropped}) if not tag.startswith("en")]
    verdicts = tuple(_verdict(tag, shape, random) for tag in targets)
    return ValidationSummary(locales=verdicts, dropped=shape.dropped)


def make_alignment(shape: Shape, random: Random) -> AlignmentCurve:
    """A run whose losses fall and whose accuracy rises."""
    points = []
    for step in range(1, shape.updates + 1):
        left = math.exp(-4 * step / shape.updates)
        mlm, contrastive = 2.1 + 2.4 * left + random.gauss(0, 0.08), 0.35 + 3.3 * left + random.gauss(0, 0.1)
        accuracy = min(1.0, max(0.0, 0.92 - 0.88 * left + random.gauss(0, 0.03)))
        points.append(
            AlignmentPoint(
                step=step,
                loss=mlm + contrastive,
                mlm_loss=mlm,
                contrastive_loss=contrastive,
                accuracy=accuracy,
                learning_rate=1e-3,
            )
        )
    return AlignmentCurve(
        points=tuple(points),
        pairs=20 * (len(shape.locales) - 1),
        monolingual=0,
        locales=shape.locales,
        dtype="bfloat16",
        device="cpu",
        seconds=214.6,
    )


def make_tuning(shape: Shape, random: Random) -> TuningResult:
    """A study per method over the whole grid; the best rate lies inside it."""
    studies = []
    for method in shape.methods:
        trials = tuple(_trial(method, number, rate, random) for number, rate in enumerate(GRID))
        best = max(trials, key=lambda trial: trial.value or 0)
        studies.append(
            MethodStudy(
                method=method,
                study_name=f"study-{method.value}",
                trials=trials,
                best_learning_rate=best.learning_rate,
                best_value=best.value or 0,
            )
        )
    return TuningResult(studies=tuple(studies), storage="sqlite:///optuna.db")


def make_history(method: Method, seed: int, rate: float, random: Random) -> TrainingHistory:
    """One training with fifteen looks at dev; rates far from 0.01 end lower."""
    ceiling = 76 - 13 * abs(math.log10(rate / 0.012)) ** 1.4 + (3 if method is Method.ALIGNED else 0)
    points = tuple(
        TrainingPoint(
            update=20 * look,
            train_loss=3.0 * math.exp(-look / 5),
            dev_accuracy=max(4.0, ceiling * (1 - math.exp(-look / 3.5)) + random.gauss(0, 0.9)),
        )
        for look in range(1, 16)
    )
    best = max(points, key=lambda point: point.dev_accuracy)
    return TrainingHistory(
        method=method,
        seed=seed,
        learning_rate=rate,
        points=points,
        best_update=best.update,
        best_dev_accuracy=best.dev_accuracy,
        updates=300,
        stopped_early=seed == 1,
        seconds=12.4,
    )


def refused_translations(shape: Shape) -> list[dict[str, Any]]:
    """Rows that fail a check, among them a right-to-left one and a missing one."""
    source = "Please book the blue boat for 7 people at 18:30."
    cases = [
        ("ar-SA", "احجز القارب الأزرق من فضلك.", ["numbers_kept"]),
        ("de-DE", "", ["not_empty"]),
        ("fr-FR", source, ["not_copied", "language"]),
        ("he-IL", "הזמן את הסירה הכחולה ל-9 אנשים בשעה 18:30.", ["numbers_kept"]),
        ("ja-JP", "青い船を7人で18:30に<b>予約</b>してください。", ["no_markup"]),
        ("sw-KE", None, ["turn_present"]),
    ]
    return [
        _refused_row(tag, source, target, reasons)
        for tag, target, reasons in cases
        if tag in {*shape.locales, *shape.dropped}
    ]


def _refused_row(tag: str, source: str, target: str | None, reasons: list[str]) -> dict[str, Any]:
    return {
        "split": "train",
        "dialogue_id": "7_00003",
        "turn": 4,
        "locale": tag,
        "speaker": "USER",
        "source": source,
        "target": target,
        "slots": [{"slot": "party_size", "value": "7"}],
        "engine": "memory",
        "nature": "translated",
        "reasons": reasons,
    }


def _seed_scores(
    tag: str, shape: Shape, english: dict[Method, float], random: Random
) -> dict[Method, tuple[float, ...]]:
    if tag.startswith("en"):
        return {m: tuple(english[m] + random.gauss(0, 1.1) for _ in shape.seeds) for m in shape.methods}
    level, gain = random.uniform(24, 66), shape.gain + random.gauss(0, 2.0)
    return {
        m: tuple(level + (gain if m is Method.ALIGNED else 0) + random.gauss(0, 1.3) for _ in shape.seeds)
        for m in shape.methods
    }


def _locale_score(
    tag: str,
    scores: dict[Method, tuple[float, ...]],
    reference: dict[Method, tuple[float, ...]],
    shape: Shape,
    random: Random,
) -> LocaleScore:
    means = {m: mean(values) for m, values in scores.items()}
    difference = means.get(Method.ALIGNED, 0) - means.get(Method.FRESH, 0)
    return LocaleScore(
        locale=tag,
        utterances=UTTERANCES,
        majority=7.03,
        methods=tuple(_method_score(m, scores[m], reference[m]) for m in shape.methods),
        comparison=_paired(difference, random.uniform(0.8, 1.2), "paired permutation test", corrected=True),
    )


def _method_score(method: Method, values: tuple[float, ...], reference: tuple[float, ...]) -> MethodScore:
    centre = mean(values)
    return MethodScore(
        method=method,
        mean=centre,
        std=deviation(values),
        low=centre - 1.7,
        high=centre + 1.7,
        gap_to_english=mean(reference) - centre,
        by_seed=values,
    )


def _average(
    method: Method, raw: dict[str, dict[Method, tuple[float, ...]]], reference: dict[Method, tuple[float, ...]]
) -> MethodScore:
    by_seed = tuple(mean(column) for column in zip(*(scores[method] for scores in raw.values()), strict=True))
    return _method_score(method, by_seed, reference[method])


def _paired(difference: float, error: float, test: str, *, corrected: bool) -> PairedTest:
    p = math.erfc(abs(difference) / error / math.sqrt(2))
    return PairedTest(
        difference=difference,
        low=difference - 1.96 * error,
        high=difference + 1.96 * error,
        p=p,
        p_corrected=min(1.0, 4 * p) if corrected else None,
        test=test,
    )


def _trial(method: Method, number: int, rate: float, random: Random) -> TrialRecord:
    history = make_history(method, 0, rate, random)
    return TrialRecord(
        method=method,
        number=number,
        learning_rate=rate,
        value=history.best_dev_accuracy,
        state="COMPLETE",
        attempts=1,
        histories=(history,),
    )


def _verdict(tag: str, shape: Shape, random: Random) -> LocaleVerdict:
    failing = shape.quarantine and random.random() < 0.4
    lost = 80 if tag in shape.dropped else 0
    checks = tuple(
        CheckResult(check=name, severity=severity, rows=234, failed=_failed(name, lost, failing, random))
        for name, severity in CHECKS
    )
    critical = sum(check.failed for check in checks if check.severity == "critical")
    return LocaleVerdict(
        locale=tag,
        nature="translated",
        engine="memory",
        rows=234,
        accepted=234 - critical,
        required_share=0.9,
        kept=tag not in shape.dropped,
        checks=checks,
    )


def _failed(check: str, lost: int, failing: bool, random: Random) -> int:
    if check == "language" and lost:
        return lost
    if check == "script" and lost:
        return lost
    return random.choice((0, 0, 0, 1, 2, 5)) if failing else 0


def _corpus(name: str, counts: dict[str, int], turns: int, refused: bool) -> CorpusSummary:
    lines = []
    for split, accepted in counts.items():
        bad = 1 if refused and split == "train" else 0
        share = turns * accepted // sum(counts.values()) if turns else accepted
        lines.append(SplitCount(split=split, read=accepted + bad, accepted=accepted, refused=bad, turns=share))
    reasons = {"span_outside": 1} if refused else {}
    return CorpusSummary(
        corpus=name, location="the packaged sample", fingerprint="a1b2" * 16, counts=tuple(lines), reasons=reasons
    )


def _refused_dialogues() -> list[dict[str, str]]:
    detail = "turn 3: the span of 'city' ends at 61, but the utterance has 54 characters"
    return [{"file": "train/dialogues_001.json", "record_id": "1_00004", "reason": "span_outside", "detail": detail}]


def _stages() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "status": "cached" if index < 4 else "completed",
            "seconds": 2.5 + index,
            "artifacts": f"{name}_result (version {3 + index})",
            "cache_key": f"{index:08x}77aa",
        }
        for index, name in enumerate(STAGES)
    }


def mean(values: tuple[float, ...]) -> float:
    """The arithmetic mean."""
    return math.fsum(values) / len(values)


def deviation(values: tuple[float, ...]) -> float | None:
    """The standard deviation with n - 1; None for a single value."""
    if len(values) < 2:
        return None
    centre = mean(values)
    return math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))
