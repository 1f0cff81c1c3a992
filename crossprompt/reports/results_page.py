"""The page of committed results: GitHub's Markdown, made from the plain values of ``result.json``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crossprompt.locales.languages import describe_locale
from crossprompt.reports.formats import ABSENT, count, duration, number, p_value, plural, rate, signed

_LOCALE_SUFFIX = re.compile(r"^(?P<stage>\w+)_(?P<locale>[a-z]{2,3}-[A-Z]{2})$")
_TESTS = {
    "pooled": "all locales, clustered by utterance",
    "pooled_mcnemar": "all predictions, McNemar",
    "over_seeds": "averages of the seeds, Student's paired",
}
_COUNTS = ("read", "accepted", "refused", "turns")

Values = Mapping[str, Any]


def results_page(result: Values) -> str:
    """The whole page. Accuracies are in percent, differences in points."""
    sections = (
        ("", _head(result)),
        ("Averages", _averages(result["evaluation"])),
        ("Aligned against fresh", _tests(result["evaluation"])),
        ("Learning rates", _rates(result["learning_rates"])),
        ("Alignment", _alignment(result["alignment"])),
        ("Corpora", _corpora(result["corpora"])),
        ("The gate", _gate(result["translations"])),
        ("Time", _times(result)),
        ("Machine and versions", _machine(result)),
        ("Every locale", _locales(result["evaluation"])),
    )
    parts = [f"## {title}\n\n{body}" if title else body for title, body in sections if body]
    return "\n\n".join(parts) + "\n"


def _head(result: Values) -> str:
    headline, *rest = result["summary"]
    begun = f"Begun on {result['started'].replace('T', ' at ')} UTC, by" if result["started"] else "By"
    files = "`accuracy.csv` has the last table in full precision, `result.json` all of this for programs."
    return "\n\n".join([f"# {result['title']}", f"**{headline}**", *rest, begun, f"    {result['command']}", files])


def _averages(evaluation: Values) -> str:
    rows = [
        [
            score["method"],
            _spread(score),
            f"{number(score['low'])} to {number(score['high'])}",
            number(score["gap_to_english"]),
        ]
        for score in evaluation["average"]
    ]
    rows.append(["most frequent intent", number(evaluation["average_majority"]), "", ""])
    about = (
        f"Over {plural(len(evaluation['locales']), 'locale')} and {plural(len(evaluation['seeds']), 'seed')}; "
        "± is the standard deviation over seeds, the interval a bootstrap over utterances."
    )
    interval = f"{number(100 * evaluation['confidence'], 0)} % interval"
    return f"{about}\n\n" + _table(["prompt", "accuracy", interval, "behind English"], rows)


def _tests(evaluation: Values) -> str:
    if len(evaluation["average"]) < 2:
        return ""
    tests = ((name, words, evaluation.get(name)) for name, words in _TESTS.items())
    rows = [
        [words, signed(test["difference"]), f"{signed(test['low'])} to {signed(test['high'])}", p_value(test["p"])]
        for _, words, test in tests
        if test
    ]
    return _table(["test", "difference", "interval", "p"], rows)


def _rates(studies: Sequence[Values]) -> str:
    if not studies:
        return ""
    tried = sorted({float(r) for study in studies for r in study["dev_accuracy"]}, reverse=True)
    rows = [
        [
            study["method"],
            f"**{rate(study['best_learning_rate'])}**",
            *(number(study["dev_accuracy"].get(f"{r:g}")) for r in tried),
        ]
        for study in studies
    ]
    return "Accuracy on English dev at each rate.\n\n" + _table(["prompt", "chosen", *(rate(r) for r in tried)], rows)


def _alignment(facts: Values | None) -> str:
    if facts is None:
        return ""
    first, last = facts["first"], facts["last"]
    prompt = facts["prompt"]
    backbone = prompt["backbone"]
    rows = [
        ["pairs", f"{count(facts['pairs'])} in {plural(len(facts['locales']), 'locale')}"],
        ["English texts beside", count(facts["monolingual"])],
        ["updates", count(facts["updates"])],
        ["loss, masked words", f"{number(first['mlm_loss'], 2)} → {number(last['mlm_loss'], 2)}"],
        ["loss, contrastive", f"{number(first['contrastive_loss'], 2)} → {number(last['contrastive_loss'], 2)}"],
        ["nearest is its own translation", f"{_share(first['accuracy'])} → {_share(last['accuracy'])}"],
        ["backbone", backbone["name"] if isinstance(backbone, Mapping) else str(backbone)],
        ["computed in", f"{facts['dtype'].removeprefix('torch.')} on {facts['device']}"],
        ["time", duration(facts["seconds"])],
    ]
    return _table(["", ""], rows)


def _corpora(corpora: Sequence[Values]) -> str:
    rows = [
        [f"{corpus['kind']}: {corpus['corpus']}", line["split"], *(count(line[name]) for name in _COUNTS)]
        for corpus in corpora
        for line in corpus["counts"]
    ]
    return _table(["corpus", "split", *_COUNTS], rows)


def _gate(translations: Values) -> str:
    verdicts = translations["locales"]
    if not verdicts:
        return ""
    rows, accepted = (sum(verdict[name] for verdict in verdicts) for name in ("rows", "accepted"))
    dropped = ", ".join(translations["dropped"]) or "none"
    about = (
        f"{count(accepted)} of {count(rows)} translations in {plural(len(verdicts), 'language')} were accepted; "
        f"languages left out: {dropped}."
    )
    checks = translations["checks"].items()
    failed = [[name, check["severity"], count(check["rows"]), count(check["failed"])] for name, check in checks]
    return f"{about}\n\n" + _table(["check", "severity", "rows", "failed"], failed)


def _times(result: Values) -> str:
    groups: dict[str, list[Values]] = {}
    for name, stage in result["stages"].items():
        groups.setdefault(_group(name), []).append(stage)
    rows = [_time_row(name, stages) for name, stages in groups.items()]
    known = [stage["seconds"] for stage in result["stages"].values() if stage["seconds"] is not None]
    rows += [["all stages", duration(sum(known)), ""], ["**this run, in all**", duration(result["seconds"]), ""]]
    return _table(["stage", "wall time", ""], rows)


def _time_row(name: str, stages: Sequence[Values]) -> list[str]:
    known = [stage["seconds"] for stage in stages if stage["seconds"] is not None]
    cached = sum(stage["status"] == "cached" for stage in stages)
    some = "" if cached == len(stages) else f"{cached} of {len(stages)} "
    label = f"{name} ({plural(len(stages), 'step')})" if len(stages) > 1 else name
    note = f"{some}from the cache: the time of the run that computed it" if cached else ""
    return [label.replace("_", " "), duration(sum(known)) if known else ABSENT, note]


def _group(stage: str) -> str:
    found = _LOCALE_SUFFIX.match(stage)
    return found["stage"] if found else stage


def _machine(result: Values) -> str:
    facts = {**result["machine"], **result["versions"]}
    return _table(["", ""], [[name.replace("_", " "), str(value)] for name, value in facts.items()])


def _locales(evaluation: Values) -> str:
    methods = [score["method"] for score in evaluation["average"]]
    compared = len(methods) > 1
    header = ["locale", "language", "n", "majority", *methods, *(f"{method} interval" for method in methods)]
    header += ["difference", "interval", "p", "p corrected"] if compared else []
    return _table(header, (_locale_row(score, compared) for score in evaluation["locales"]))


def _locale_row(score: Values, compared: bool) -> list[str]:
    name = describe_locale(score["locale"]).english_name
    row = [score["locale"], name, count(score["utterances"]), number(score["majority"])]
    row += [_spread(found) for found in score["methods"]]
    row += [f"{number(found['low'])} to {number(found['high'])}" for found in score["methods"]]
    if not compared:
        return row
    test = score["comparison"]
    interval = f"{signed(test['low'])} to {signed(test['high'])}"
    return [*row, signed(test["difference"]), interval, p_value(test["p"]), p_value(test["p_corrected"])]


def _spread(score: Values) -> str:
    return f"{number(score['mean'])} ± {number(score['std'])}"


def _share(value: float | None) -> str:
    return ABSENT if value is None else f"{number(100 * value, 0)} %"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
