"""Damages a corpus of utterances on purpose: in some languages training utterances have each other's ids.

Ids say which utterances mean the same in different languages. Each row stays true in itself, text and labels, and the
rows of dev and test stay as they are, so that what is measured on them is right. ``configs/languages_damaged.yaml``
reads what this writes.

Usage: python -m tools.shuffle_utterances TARGET nl-NL bn-BD [--corpus massive] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from crossprompt.corpora.massive import find_locale_files
from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import open_source, resolve_source
from crossprompt.storage.atomic import atomic_path, write_text_atomic
from tools.shuffle_translations import NothingToShuffleError, exchange

SHUFFLED = "train"


def shuffle_utterances(lines: Sequence[str], locale: str, seed: int) -> list[str]:
    """The lines of one ``data/<locale>.jsonl``, in which no row of the training part keeps its id.

    Raises:
        NothingToShuffleError: The training part has fewer than two rows.
    """
    rows = [json.loads(line) for line in lines]
    new = exchange(sorted(row["id"] for row in rows if row["partition"] == SHUFFLED), locale, seed)
    moved = [row | {"id": new[row["id"]]} if row["partition"] == SHUFFLED else row for row in rows]
    return [json.dumps(row, ensure_ascii=False) for row in moved]


def damage(corpus: Path, target: Path, locales: Sequence[str], seed: int) -> None:
    """Write ``corpus`` anew below ``target``, with ``locales`` shuffled.

    Raises:
        NothingToShuffleError: The corpus has no file for one of ``locales``, or a file has too few rows.
        LayoutError: ``corpus`` is not in MASSIVE's layout.
        FileExistsError: ``target`` holds data already.
    """
    found = find_locale_files(corpus)
    if missing := sorted(set(locales) - set(found)):
        raise NothingToShuffleError(f"{', '.join(missing)}: not among the files of {corpus}")
    lines = {locale: found[locale].read_text(encoding="utf-8").splitlines() for locale in locales}
    shuffled = {locale: shuffle_utterances(own, locale, seed) for locale, own in lines.items()}
    folder = target / "data"
    folder.mkdir(parents=True)
    for locale, file in found.items():
        if locale in shuffled:
            write_text_atomic(folder / file.name, "\n".join(shuffled[locale]) + "\n")
            continue
        with atomic_path(folder / file.name) as temporary:
            shutil.copyfile(file, temporary)


def main() -> None:
    """Read the arguments, write the damaged corpus, say what was done."""
    parser = argparse.ArgumentParser(description="Give training utterances of a language each other's ids.")
    parser.add_argument("target", type=Path, help="the folder of the damaged corpus, to be made")
    parser.add_argument("locales", nargs="+", help="languages to damage")
    parser.add_argument("--corpus", default="massive", help="a corpus of the catalogue in MASSIVE's layout")
    parser.add_argument("--location", help="its folder or archive, where that is not under the data root")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    source = resolve_source(SourceSettings(corpus=given.corpus, location=given.location))
    damage(open_source(source), given.target, given.locales, given.seed)
    print(f"{given.target}: {', '.join(given.locales)} shuffled")


if __name__ == "__main__":
    main()
