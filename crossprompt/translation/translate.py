"""Translates a table of dialogues into one locale: whole dialogues in, one row per turn out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datasets import Dataset
from tqdm import tqdm

from crossprompt.corpora.dialogue import Dialogue, Turn, iterate_dialogues
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import Engine, EngineError, Failure, TranslationCall, TranslationReply, refuse_paid
from crossprompt.translation.records import SkippedDialogue, TranslationCoverage
from crossprompt.translation.rows import translation_row
from crossprompt.translation.settings import TranslationSettings
from crossprompt.translation.table import collect_rows


@dataclass
class TranslationTally:
    """Counts what :func:`iterate_translations` does while it runs."""

    dialogues: int = 0
    covered: int = 0
    utterances: int = 0
    characters: int = 0
    calls: int = 0
    skipped: list[SkippedDialogue] = field(default_factory=list)

    def coverage(self, locale: str, engine: Engine) -> TranslationCoverage:
        """The counts as a record."""
        return TranslationCoverage(
            locale=locale,
            engine=engine.engine_name(),
            revision=engine.revision_for(locale),
            nature=engine.nature,
            dialogues=self.dialogues,
            covered=self.covered,
            utterances=self.utterances,
            characters=self.characters,
            calls=self.calls,
            skipped=tuple(self.skipped),
        )


def translate_dialogues(
    dialogues: Dataset,
    locale: str,
    engine: Engine,
    settings: TranslationSettings,
    file: Path | None = None,
    *,
    progress: bool = True,
) -> Dataset:
    """The rows of ``TRANSLATION_FEATURES`` for ``locale``; see :func:`translate_with_coverage`."""
    return translate_with_coverage(dialogues, locale, engine, settings, file, progress=progress)[0]


def translate_with_coverage(
    dialogues: Dataset,
    locale: str,
    engine: Engine,
    settings: TranslationSettings,
    file: Path | None = None,
    *,
    progress: bool = True,
) -> tuple[Dataset, TranslationCoverage]:
    """Translate the dialogues of ``settings.splits`` into ``locale``.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        locale: A locale that the engine offers.
        engine: Where the translations come from.
        settings: Splits, longest call, and what to do with a dialogue that can't be translated whole.
        file: An Arrow file to write the rows to (in one step) and to read them from; None keeps the rows in memory, as
            compact columns.
        progress: Show a bar with rate and time left (only on a terminal).

    Returns:
        One row per turn of each covered dialogue, in the dialogues' order, targets exactly as the engine gave them; and
        the coverage.

    Raises:
        SettingsError: If the engine does not offer the locale, or is paid.
        EngineError: If the engine fails, or can't translate a dialogue whole and ``settings.missing`` is ``refuse``.
    """
    refuse_paid(engine)
    if not engine.offers(locale):
        raise SettingsError(f"the {engine.engine_name()} engine does not offer {locale!r}; it has {engine.locales()}")
    tally = TranslationTally()
    with tqdm(
        iterate_dialogues(dialogues, settings.splits),
        desc=f"translate {locale}",
        unit="dialogue",
        total=_count(dialogues, settings),
        disable=None if progress else True,
    ) as wanted:
        rows = iterate_translations(wanted, locale, engine, settings, tally)
        table = collect_rows(rows, file)
    return table, tally.coverage(locale, engine)


def iterate_translations(
    dialogues: Iterable[Dialogue],
    locale: str,
    engine: Engine,
    settings: TranslationSettings,
    tally: TranslationTally,
) -> Iterator[dict[str, Any]]:
    """The rows one at a time; holds one dialogue in memory. ``tally`` counts along.

    Raises:
        EngineError: See :func:`translate_with_coverage`.
    """
    for dialogue in dialogues:
        tally.dialogues += 1
        try:
            pairs = _translate_whole(dialogue, locale, engine, settings.max_utterances_per_call, tally)
        except EngineError as error:
            if error.failure is not Failure.DIALOGUE or settings.missing == "refuse":
                raise _with_place(error, dialogue, locale, engine) from error
            skipped = SkippedDialogue(
                split=dialogue.split, dialogue_id=dialogue.dialogue_id, reason=error.reason, detail=str(error)
            )
            tally.skipped.append(skipped)
            continue
        tally.covered += 1
        tally.utterances += len(pairs)
        name, nature = engine.engine_name(), engine.nature
        for number, (source, target) in enumerate(pairs):
            yield translation_row(dialogue, number, locale, source, target, name, nature)


def _count(dialogues: Dataset, settings: TranslationSettings) -> int:
    splits = set(settings.splits)
    return sum(split in splits for split in dialogues["split"])


def _with_place(error: EngineError, dialogue: Dialogue, locale: str, engine: Engine) -> EngineError:
    where = f"{engine.engine_name()} engine, {locale}, dialogue {dialogue.split}/{dialogue.dialogue_id}"
    advice = ""
    if error.failure is Failure.DIALOGUE:
        advice = "; set translation.missing to 'skip' to leave such dialogues out and count them"
    return EngineError(error.failure, error.reason, f"{where}: {error}{advice}", error.retry_after)


def _translate_whole(
    dialogue: Dialogue, locale: str, engine: Engine, longest: int, tally: TranslationTally
) -> list[tuple[Turn, str]]:
    """Source turn and target of every turn, in order."""
    length = len(dialogue.turns)
    if engine.needs_whole_dialogue and length > longest:
        raise EngineError(
            Failure.DIALOGUE,
            "too_long",
            f"it has {length} turns, a call may hold {longest}, and the engine needs it whole",
        )
    pairs: list[tuple[Turn, str]] = []
    for start in range(0, length, longest):
        call = TranslationCall(dialogue, locale, start, min(start + longest, length))
        tally.calls += 1
        tally.characters += call.characters
        pairs += _one_for_one(call, engine.translate(call))
    return pairs


def _one_for_one(call: TranslationCall, reply: TranslationReply) -> list[tuple[Turn, str]]:
    """The pairs of a call, once it is sure that there is exactly one target for each turn."""
    asked = len(call.turns)
    sources = call.turns if reply.sources is None else reply.sources
    if len(reply.targets) != asked or len(sources) != asked:
        raise EngineError(
            Failure.DIALOGUE,
            "not_one_for_one",
            f"{call.name}: {asked} utterances sent, {len(reply.targets)} targets and {len(sources)} sources came back",
        )
    pairs = []
    for number, (source, target) in enumerate(zip(sources, reply.targets, strict=True), start=call.start):
        if target is None:
            raise EngineError(Failure.DIALOGUE, "missing_target", f"turn {number} has no target: {source.utterance!r}")
        if source.speaker is not call.dialogue.turns[number].speaker:
            raise EngineError(
                Failure.DIALOGUE,
                "other_speaker",
                f"turn {number} is said by {source.speaker.value} in the engine's source",
            )
        pairs.append((source, target))
    return pairs
