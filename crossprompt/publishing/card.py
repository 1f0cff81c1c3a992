"""The dataset card: front matter that ``datasets`` reads the configurations from, and what people should know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import yaml

from crossprompt.corpora.catalogue import CorpusEntry, find_corpus
from crossprompt.locales.languages import describe_locale
from crossprompt.meaning.records import MeaningScreening, MeaningVerdict
from crossprompt.meaning.verdict import describe_instrument, describe_share
from crossprompt.publishing.checksums import CHECKSUMS
from crossprompt.publishing.facts import EngineFacts, LeftOutLanguage, PublishedCorpus, SourceSeal
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.rating.records import AspectScore, RatingResult

_HUB_LICENCES: Final = {"CC BY 4.0": "cc-by-4.0", "CC BY-SA 4.0": "cc-by-sa-4.0"}
"""The hub's names of licences; a corpus under another one is marked ``other``."""
_CHAIN: Final = "What an engine lacked, or what failed a check, went to the next one."
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGER_SIZES = ((10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"))


def write_card(corpus: PublishedCorpus) -> str:
    """``README.md``: the front matter between two lines of dashes, then the card in Markdown."""
    entry = find_corpus(corpus.source.corpus)
    sections = [
        f"# {corpus.title}",
        _opening(corpus, entry),
        _use(corpus),
        _columns(),
        _origin(corpus, entry),
        _languages(corpus),
        _refused(corpus),
        *([_meaning(corpus.meaning)] if corpus.meaning and corpus.meaning.languages else []),
        *([_rating(corpus.rating)] if corpus.rating else []),
        _licence(entry),
    ]
    matter = yaml.safe_dump(front_matter(corpus), sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{matter}---\n\n" + "\n\n".join(sections) + "\n"


def front_matter(corpus: PublishedCorpus) -> dict[str, Any]:
    """What the hub and ``datasets`` read: one configuration per language, its files by split."""
    entry = find_corpus(corpus.source.corpus)
    codes = {describe_locale(language.locale).language for language in corpus.languages}
    known = _HUB_LICENCES.get(entry.licence)
    return {
        "pretty_name": corpus.title,
        "language": sorted({"en", *codes}),
        "license": known or "other",
        **({} if known else {"license_name": entry.licence}),
        "multilinguality": ["translation"],
        "language_creators": _creators(corpus),
        "source_datasets": [f"extended|other-{entry.name}"],
        "task_categories": ["translation", "text-generation"],
        "size_categories": [_size(sum(language.rows for language in corpus.languages))],
        "configs": [_configuration(language) for language in corpus.languages],
    }


def _creators(corpus: PublishedCorpus) -> list[str]:
    """Of the published turns: those from a translation memory or a parallel corpus were found."""
    looked_up = {engine.name for engine in corpus.engines if engine.looks_up}
    wrote = {share.engine for language in corpus.languages for share in language.engines}
    return sorted({"found" if engine in looked_up else "machine-generated" for engine in wrote})


def _configuration(language: PublishedLanguage) -> dict[str, Any]:
    files = [{"split": split.split, "path": list(split.files)} for split in language.splits]
    return {"config_name": language.locale, "data_files": files}


def _size(rows: int) -> str:
    return next((name for limit, name in (*_SIZES, *_LARGER_SIZES) if rows < limit), "n>100M")


def _opening(corpus: PublishedCorpus, entry: CorpusEntry) -> str:
    rows = sum(language.rows for language in corpus.languages)
    count = len(corpus.languages)
    return (
        f"{_number(rows)} turns of dialogue in {count} {_plural(count, 'language')}, each beside its English source. "
        f"The dialogues are those of {entry.title}; they were translated turn by turn, with the dialogue as context, "
        "and every turn passed the checks below."
    )


def _use(corpus: PublishedCorpus) -> str:
    locale = corpus.languages[0].locale if corpus.languages else "sw"
    return (
        "## Use\n\n"
        "```python\n"
        "from datasets import load_dataset\n\n"
        f'corpus = load_dataset("{corpus.name}", "{locale}")\n'
        "```\n\n"
        f"The first argument is the folder or the repository, the second a language. `sha256sum -c {CHECKSUMS}` in the "
        "folder checks that all files are there and unchanged."
    )


def _columns() -> str:
    rows = {
        "`split`, `dialogue_id`, `turn`": "the key of a turn in the source; turns count from 0",
        "`locale`": "BCP-47 tag of `target`",
        "`speaker`": "`USER` or `SYSTEM`",
        "`source`": "the English turn",
        "`target`": "the turn in the language",
        "`slots`": "slots of the source turn and their values as they stand in it",
        "`engine`": "what wrote the target",
        "`nature`": "`translated`, or `localised`: names and numbers may be other ones",
    }
    return f"## Columns\n\n{_table(('column', 'content'), rows.items())}"


def _origin(corpus: PublishedCorpus, entry: CorpusEntry) -> str:
    source = corpus.source
    accepted = sum(count.accepted for count in source.counts)
    splits = ", ".join(f"{count.split} {_number(count.accepted)}" for count in source.counts)
    rows = {
        "source": f"{entry.title} ({entry.citation})",
        "files of the source": source.location,
        **_seal(corpus.seal),
        "dialogues read": f"{_number(accepted)} ({splits})",
        "dialogues refused": _reasons(source.reasons) or "none",
    }
    turns = _turns_by_engine(corpus)
    engines = _table(
        ("engine", "what it is", "settings", "published turns", "revision: SHA-256 of model and settings"),
        (
            (engine.name, engine.title, _settings(engine), _number(turns[engine.name]), f"`{engine.revision}`")
            for engine in corpus.engines
        ),
    )
    chain = f"{_CHAIN}\n\n" if len(corpus.engines) > 1 else ""
    return f"## Origin\n\n{_table(('', ''), rows.items())}\n\n### Engines\n\n{chain}{engines}"


def _seal(seal: SourceSeal | None) -> dict[str, str]:
    if seal is None:
        return {"SHA-256 of the archive": "not known: it was downloaded on another machine"}
    name = {"archive": "SHA-256 of the archive", "files": "SHA-256 over the files' names and bytes"}[seal.kind]
    return {name: f"`{seal.sha256}`"}


def _turns_by_engine(corpus: PublishedCorpus) -> Counter[str]:
    turns: Counter[str] = Counter()
    for language in corpus.languages:
        for share in language.engines:
            turns[share.engine] += share.rows
    return turns


def _settings(engine: EngineFacts) -> str:
    return ", ".join(f"{_words(name)} {value}" for name, value in engine.settings.items()) or "none"


def _languages(corpus: PublishedCorpus) -> str:
    head = ("configuration", "language", "dialogues", "turns", "refused", "turns by engine")
    rows = [_language_line(language) for language in corpus.languages]
    return f"## Languages\n\n{_table(head, rows)}"


def _language_line(language: PublishedLanguage) -> Sequence[str]:
    engines = ", ".join(f"{share.engine} {_number(share.rows)}" for share in language.engines)
    return (
        f"`{language.locale}`",
        describe_locale(language.locale).english_name,
        _number(sum(split.dialogues for split in language.splits)),
        _number(language.rows),
        _number(language.refused),
        engines,
    )


def _refused(corpus: PublishedCorpus) -> str:
    reasons = sum((Counter(language.reasons) for language in corpus.languages), Counter[str]())
    absent = sum(language.absent_dialogues for language in corpus.languages)
    mended = sum(language.retranslated for language in corpus.languages)
    lines = [
        f"- {_number(sum(language.refused for language in corpus.languages))} turns failed a check and are not in the "
        f"files: {_reasons(reasons) or 'none'}. One turn can fail several checks.",
        f"- {_number(mended)} turns were written anew by another engine after the first one's had failed.",
        f"- {_number(absent)} dialogues, counted in each language, could not be translated whole.",
    ]
    lines += [f"- `{left.locale}` was left out: {_why(left)}." for left in corpus.left_out]
    return "## What was left out\n\n" + "\n".join(lines)


def _why(left: LeftOutLanguage) -> str:
    if left.for_meaning:
        return "too few of its drawn turns were found in the screening of meaning"
    passed = f"{_number(left.accepted)} of {_number(left.rows)} turns passed"
    return f"{passed}, {left.required_share:.0%} were demanded"


def _meaning(screening: MeaningScreening) -> str:
    """One line a language; those that were left out for it come too."""
    head = ("configuration", "turns", "sources found", "translations found", "cosine to own source", "to nearest other")
    rows = [
        (
            f"`{verdict.locale}`",
            _number(verdict.score.turns),
            describe_share(verdict.score.to_english),
            describe_share(verdict.score.from_english),
            f"{verdict.score.similarity:.3f}",
            f"{verdict.score.nearest_similarity:.3f}",
        )
        for verdict in screening.languages
    ]
    first = screening.languages[0].score
    floors = "".join(f"\n- `{verdict.locale}` is under its floor: {_floor(verdict)}." for verdict in screening.below)
    return (
        "## Screening of meaning\n\nDrawn turns were looked for among the English sources, and back, by the vectors of "
        f"{describe_instrument(first.instrument)}. A low share can mean that translations say something else; it can "
        "also mean that this backbone hardly knows the language. No turn was refused for it.\n\n"
        f"{_table(head, rows)}\n\nShares with their {first.confidence:.0%} bootstrap intervals."
        + (f"\n{floors}" if floors else "")
    )


def _floor(verdict: MeaningVerdict) -> str:
    fate = "it was left out" if verdict.refused else "it is published all the same"
    found = f"{verdict.score.found.accuracy:.1f} % found, {verdict.required:.0f} % demanded"
    return f"{found}; {fate}"


def _rating(result: RatingResult) -> str:
    """A language of the export that nobody rated is not shown."""
    head = ("configuration", "windows", "raters", "meaning", "agreement", "fluency", "agreement")
    rows = [
        (
            f"`{rating.locale}`",
            _number(rating.rated),
            _number(len(rating.raters) - rating.refused_raters),
            *_aspect(rating.meaning),
            *_aspect(rating.fluency),
        )
        for rating in result.locales
        if rating.meaning is not None and rating.fluency is not None
    ]
    scale = result.draw.scale
    return (
        f"## Ratings by people\n\nRaters said how far they agree that a window's meaning is kept and that its text is "
        f"fluent, from {scale.low:g} (not at all) to {scale.high:g} (fully).\n\n{_table(head, rows)}\n\n"
        "Means over windows with their bootstrap intervals; agreement is Krippendorff's alpha."
    )


def _aspect(score: AspectScore) -> tuple[str, str]:
    alpha = "not computable" if score.alpha is None else f"{score.alpha:.2f}"
    return f"{score.mean:.2f} ({score.low:.2f} to {score.high:.2f})", alpha


def _licence(entry: CorpusEntry) -> str:
    share_alike = " Who passes it on, changed or not, does so under the same licence." if "SA" in entry.licence else ""
    return (
        f"## Licence\n\n{entry.licence}, inherited from {entry.title}: the translations are adaptations of it, and the "
        f"English text is its own. Please cite {entry.citation}.{share_alike}"
    )


def _reasons(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{_words(name)} {_number(count)}" for name, count in ordered)


def _words(name: str) -> str:
    return re.sub("_", " ", name)


def _number(value: int) -> str:
    return f"{value:,}"


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
