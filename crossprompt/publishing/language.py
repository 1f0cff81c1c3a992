"""One language: its files, and what the card says of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
from datasets import Dataset

from crossprompt.publishing.parquet import write_language
from crossprompt.publishing.records import EngineShare, PublishedLanguage
from crossprompt.publishing.settings import CutSettings
from crossprompt.quality.records import LocaleVerdict

_ROWS_PER_READ = 10_000
_KEY = ["split", "dialogue_id", "turn"]


def package(
    accepted: Dataset,
    quarantine: Dataset,
    verdict: LocaleVerdict,
    folder: Path,
    settings: CutSettings,
    replacements: Dataset | None = None,
) -> PublishedLanguage:
    """Write the files of a language that is kept into ``folder``, and count.

    Args:
        accepted: ``TRANSLATION_FEATURES``.
        quarantine: ``REFUSED_FEATURES``.
        verdict: A language that is not kept gets no files.
        folder: Where to.
        settings: How files are cut.
        replacements: Rows that another engine wrote anew; those that passed count as retranslated.
    """
    kept = verdict.kept
    return PublishedLanguage(
        locale=verdict.locale,
        splits=write_language(accepted, verdict.locale, folder, settings) if kept else (),
        engines=_shares(accepted) if kept else (),
        refused=len(quarantine),
        reasons=_reasons(quarantine),
        absent_dialogues=verdict.absent_dialogues,
        retranslated=0 if replacements is None else _passed(replacements, quarantine),
    )


def _shares(rows: Dataset) -> tuple[EngineShare, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for table in rows.select_columns(["engine", "nature"]).with_format("arrow").iter(batch_size=_ROWS_PER_READ):
        for group in table.group_by(["engine", "nature"]).aggregate([([], "count_all")]).to_pylist():
            counts[group["engine"], group["nature"]] += group["count_all"]
    return tuple(
        EngineShare(engine=engine, nature=nature, rows=rows) for (engine, nature), rows in counts.most_common()
    )


def _reasons(quarantine: Dataset) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for table in quarantine.select_columns(["reasons"]).with_format("arrow").iter(batch_size=_ROWS_PER_READ):
        for entry in pc.value_counts(pc.list_flatten(table["reasons"])).to_pylist():
            counts[entry["values"]] += entry["counts"]
    return dict(sorted(counts.items()))


def _passed(replacements: Dataset, quarantine: Dataset) -> int:
    """Replacements that are not refused again."""
    refused = {tuple(row[name] for name in _KEY) for row in quarantine.select_columns(_KEY)}
    return sum(tuple(row[name] for name in _KEY) not in refused for row in replacements.select_columns(_KEY))
