"""The paper's claims, and whether they hold here: each with the differences that decide it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import stats

from crossprompt.comparison.paper import CHAT, INTENT, NLI, SLOTS, XSGD
from crossprompt.comparison.paper_tables import FIGURE_3, FIGURE_5, TABLE_8
from crossprompt.comparison.records import Cell
from crossprompt.reports.claims import Claim, Evidence, difference_evidence, difference_name, seeds_evidence
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_retrieval import language_accuracies
from crossprompt.reports.formats import number, p_phrase, shots_in_words, signed
from crossprompt.reports.paper_views import chat_score, reason_for

Order = tuple[str, int | None, str, str]
"""Task, shots (None: all data), and the contenders of which the first is claimed to be better."""


FEWEST_SEEDS = 3
"""For a test of deviations: of two values both are equally far from their median."""


def _better(*orders: Order) -> Callable[[ComparisonInputs], list[Evidence]]:
    """The first contender of each order lies above the second, on the average over locales."""
    return lambda inputs: [
        _difference(Cell(task=t, shots=s, contender=a), Cell(task=t, shots=s, contender=b), inputs)
        for t, s, a, b in orders
    ]


def _better_task(*orders: tuple[str, str, int | None, str]) -> Callable[[ComparisonInputs], list[Evidence]]:
    """The first task of each order lies above the second, with the same shots and contender."""
    return lambda inputs: [
        _difference(Cell(task=a, shots=s, contender=c), Cell(task=b, shots=s, contender=c), inputs)
        for a, b, s, c in orders
    ]


def _difference(first: Cell, second: Cell, inputs: ComparisonInputs) -> Evidence:
    absent = next((cell for cell in (first, second) if inputs.statistics.cell(cell) is None), first)
    reason = reason_for(absent, inputs)
    return difference_evidence(difference_name(first, second), first, second, inputs.statistics, reason)


def _steadier(inputs: ComparisonInputs) -> list[Evidence]:
    """The aligned prompt's deviation over seeds is smaller than the others'."""
    return [
        _spread(inputs, task, shots, other) for task in (INTENT, NLI) for shots in (5, 15) for other in ("PT", "FT")
    ]


def _spread(inputs: ComparisonInputs, task: str, shots: int, other: str) -> Evidence:
    label = f"deviation of {other} − of APT, {task}, {shots_in_words(shots)}"
    cells = [Cell(task=task, shots=shots, contender=name) for name in ("APT", other)]
    summaries = [inputs.statistics.cell(cell) for cell in cells]
    aligned, against = ([] if found is None else found.average.by_seed for found in summaries)
    if min(len(aligned), len(against)) < FEWEST_SEEDS:
        absent = next((cell for cell, found in zip(cells, summaries, strict=True) if found is None), None)
        return Evidence(label, reason_for(absent, inputs) if absent else "too few seeds to compare deviations")
    small, large = (float(np.std(values, ddof=1)) for values in (aligned, against))
    p = float(stats.levene(aligned, against, center="median").pvalue)
    words = f"{number(large)} against {number(small)} points, {p_phrase(p)} (Brown-Forsythe)"
    return Evidence(label, words, large - small, p=p)


def _shrinking_gain(inputs: ComparisonInputs) -> list[Evidence]:
    """What alignment brings over a fresh prompt gets less with more examples."""
    return [
        _gain_difference(inputs, task, fewer, more)
        for task in (INTENT, NLI, SLOTS)
        for fewer, more in ((5, 15), (15, None))
    ]


def _gain_difference(inputs: ComparisonInputs, task: str, fewer: int | None, more: int | None) -> Evidence:
    label = f"gain with {shots_in_words(fewer)} − with {shots_in_words(more)}, {task}"
    gains = [_gain_by_seed(inputs, task, shots) for shots in (fewer, more)]
    common = sorted(set(gains[0]) & set(gains[1]))
    tested = seeds_evidence(label, [gains[0][s] - gains[1][s] for s in common], inputs.statistics.confidence)
    if tested is not None:
        return tested
    cells = [Cell(task=task, shots=s, contender=c) for s in (fewer, more) for c in ("APT", "PT")]
    absent = next((cell for cell in cells if inputs.statistics.cell(cell) is None), None)
    return Evidence(label, reason_for(absent, inputs) if absent else "too few common seeds")


def _gain_by_seed(inputs: ComparisonInputs, task: str, shots: int | None) -> dict[int, float]:
    found = [inputs.statistics.cell(Cell(task=task, shots=shots, contender=name)) for name in ("APT", "PT")]
    if found[0] is None or found[1] is None:
        return {}
    aligned, fresh = (dict(zip(one.seeds, one.average.by_seed, strict=True)) for one in found if one)
    return {seed: aligned[seed] - fresh[seed] for seed in aligned.keys() & fresh.keys()}


def retrieval_evidence(inputs: ComparisonInputs) -> list[Evidence]:
    """The directions of figure 3, over languages."""
    found = []
    for direction in FIGURE_3.directions:
        label = f"{direction.first} − {direction.second}, retrieval"
        first, second = (language_accuracies(inputs, name) for name in (direction.first, direction.second))
        absent = Cell(task="retrieval", shots=None, contender=direction.first if not first else direction.second)
        found.append(_over_units(label, first, second, "languages") or Evidence(label, reason_for(absent, inputs)))
    return found


def dialogue_evidence(inputs: ComparisonInputs) -> list[Evidence]:
    """The directions of figure 5, on the average over our languages."""
    return _better(*((XSGD, 5, part.first, part.second) for part in FIGURE_5.directions))(inputs)


def _below_small_models(inputs: ComparisonInputs) -> list[Evidence]:
    """The NLI-based aligned prompt lies above the chat model with as many shots."""
    label = "APT, NLI-based − chat model, 5 shots"
    cell = Cell(task=NLI, shots=5, contender="APT")
    summary = inputs.statistics.cell(cell)
    own = {part.locale: part.score.mean for part in summary.locales} if summary else {}
    chat = {tag: score for tag in own if (score := chat_score(inputs, INTENT, 5, tag)) is not None}
    absent = Cell(task=INTENT, shots=5, contender=CHAT) if inputs.chat == () else cell
    return [_over_units(label, own, chat, "locales") or Evidence(label, reason_for(absent, inputs))]


def _over_units(label: str, first: dict[str, float], second: dict[str, float], units: str) -> Evidence | None:
    """Mean difference over what both have, with Wilcoxon's signed-rank test; None where there is nothing."""
    differences = [first[name] - second[name] for name in sorted(first.keys() & second.keys())]
    if not differences:
        return None
    mean = sum(differences) / len(differences)
    p = float(stats.wilcoxon(differences).pvalue) if any(differences) else 1.0
    words = f"{signed(mean)} on average over {len(differences)} {units}, {p_phrase(p)} (Wilcoxon)"
    return Evidence(label, words, mean, p=p)


def _larger_backbone(inputs: ComparisonInputs) -> list[Evidence]:
    return [Evidence("APT on XLM-R-XL − on XLM-R, slots", f"needs {TABLE_8.out_of_reach}")]


CLAIMS: tuple[Claim[ComparisonInputs], ...] = (
    Claim(
        "With 5 shots, aligned prompts find more intents than fresh ones, and these more than fine-tuning.",
        "table 4",
        _better((INTENT, 5, "APT", "PT"), (INTENT, 5, "PT", "FT")),
    ),
    Claim(
        "The same with 15 shots.",
        "table 4",
        _better((INTENT, 15, "APT", "PT"), (INTENT, 15, "PT", "FT")),
    ),
    Claim(
        "With all data, fine-tuning is ahead of aligned prompts, and these of fresh ones.",
        "table 4",
        _better((INTENT, None, "FT", "APT"), (INTENT, None, "APT", "PT")),
    ),
    Claim(
        "Prompt tuning is ahead in few-shot also of a fine-tuning with as many updates.",
        "left open by the paper's protocol",
        _better(
            (INTENT, 5, "PT", "FT-matched"),
            (INTENT, 5, "APT", "FT-matched"),
            (INTENT, 15, "PT", "FT-matched"),
            (INTENT, 15, "APT", "FT-matched"),
        ),
    ),
    Claim(
        "An NLI-based classifier beats the vanilla one when fine-tuned on few examples, and falls behind with all.",
        "table 3",
        lambda inputs: [
            *_better_task((NLI, INTENT, 5, "FT"), (NLI, INTENT, 15, "FT"))(inputs),
            *_better_task((INTENT, NLI, None, "FT"))(inputs),
        ],
    ),
    Claim(
        "The NLI-based classifier keeps the order aligned, fresh, fine-tuned with 5 and 15 shots.",
        "table 5",
        _better((NLI, 5, "APT", "PT"), (NLI, 5, "PT", "FT"), (NLI, 15, "APT", "PT"), (NLI, 15, "PT", "FT")),
    ),
    Claim(
        "Aligned prompts are the best way to tune the NLI-based classifier with all data, too.",
        "table 5",
        _better((NLI, None, "APT", "PT"), (NLI, None, "APT", "FT")),
    ),
    Claim("Few-shot results vary less between seeds with aligned prompts.", "tables 4 and 5", _steadier),
    Claim("The gain of aligned over fresh prompts shrinks with more examples.", "tables 4, 5 and 7", _shrinking_gain),
    Claim(
        "For slots, aligned prompts are ahead of fresh ones with 5 and 15 shots and all data.",
        "table 7",
        _better((SLOTS, 5, "APT", "PT"), (SLOTS, 15, "APT", "PT"), (SLOTS, None, "APT", "PT")),
    ),
    Claim(
        "For slots, prompt tuning beats fine-tuning with 5 shots; with 15 and all data it is the other way round.",
        "table 7",
        _better((SLOTS, 5, "PT", "FT"), (SLOTS, 15, "FT", "PT"), (SLOTS, None, "FT", "PT")),
    ),
    Claim(
        "Aligning with conversations is better than with other parallel text of the same size.",
        "table 2",
        _better(*((INTENT, shots, "APT-conversation", "APT-non-conversation") for shots in (5, 15, None))),
    ),
    Claim(
        "The contrastive loss matters: masked words alone align less.",
        "tables 9 and 10",
        _better(
            (INTENT, 5, "APT", "APT-mlm-only"),
            (INTENT, 15, "APT", "APT-mlm-only"),
            (XSGD, 5, "APT", "APT-mlm-only"),
        ),
    ),
    Claim(
        "Aligned prompts find more translations, even at length 1; more length helps up to a point, too much hurts.",
        "figure 3",
        retrieval_evidence,
    ),
    Claim(
        "On dialogues (XSGD), too, aligned prompts are ahead of fresh ones, and these of fine-tuning.",
        "tables 9 and 14, figure 5",
        dialogue_evidence,
    ),
    Claim(
        "Large chat models know English, but tuned small models are ahead over all languages.",
        "tables 5, 6 and 12",
        _below_small_models,
    ),
    Claim(
        "A backbone six times as large makes more of aligned prompts than of fresh ones.",
        "tables 7 and 8",
        _larger_backbone,
    ),
)
"""In the paper's order."""
