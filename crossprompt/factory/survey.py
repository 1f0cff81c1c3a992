"""Walks a corpus as the dispatcher will, and counts what each engine will be sent, without sending anything.

The way of a dialogue, the calls and their keys come from the very functions that the dispatcher uses, so the counts are
those of a run without failures. Engines that look translations up are asked, since what they lack decides what the next
one gets; any other engine is taken to give all that it is asked for.

Dialogues whose step is in the cache are counted as that and not walked: a run asks nobody for them.

Languages of which the ledger knows nothing, with the same dialogues in the cache, and in which nothing is looked up,
are all alike: one of them is walked. Dialogues come one at a time; what grows with the corpus is a hash per call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.factory.chain import Chain
from crossprompt.factory.disk import TextSize
from crossprompt.factory.failures import checked
from crossprompt.factory.ledger_reader import Done, Failed, LedgerReader
from crossprompt.factory.link import Link
from crossprompt.factory.plan_records import Work
from crossprompt.factory.prices import Amount, amount_of
from crossprompt.factory.route import Missing, translate_dialogue
from crossprompt.factory.spool import Spool
from crossprompt.factory.unit import context_fingerprint, unit_of
from crossprompt.translation.engine import EngineError, TranslationCall, TranslationReply


@dataclass(slots=True)
class _Tally:
    """An :class:`Amount` that grows."""

    calls: int = 0
    utterances: int = 0
    characters: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def add(self, call: TranslationCall, tokens: tuple[int, int] = (0, 0)) -> None:
        self.calls += 1
        self.utterances += call.stop - call.start
        self.characters += call.characters
        self.input_tokens += tokens[0]
        self.output_tokens += tokens[1]

    def amount(self) -> Amount:
        names = Amount.model_fields
        return Amount(**{name: getattr(self, name) for name in names})


@dataclass(slots=True)
class _LinkTally:
    to_do: _Tally = field(default_factory=_Tally)
    in_ledger: _Tally = field(default_factory=_Tally)
    repeated: _Tally = field(default_factory=_Tally)
    looked_up: int = 0

    def work(self) -> Work:
        return Work(
            to_do=self.to_do.amount(),
            in_ledger=self.in_ledger.amount(),
            repeated=self.repeated.amount(),
            looked_up=self.looked_up,
        )


@dataclass
class Group:
    """Languages that are alike, and what each of them takes.

    Attributes:
        locales: The first one stands for all.
        bit: The group's own, for sets of groups.
        links: The part of the chain that offers them.
        in_ledger: Whether the ledger knows calls of theirs.
        cached: Places of the dialogues that are in the cache.
        cached_text: These dialogues.
        missing: Dialogues that nobody is known to translate whole.
    """

    locales: tuple[str, ...]
    bit: int
    links: tuple[Link, ...]
    in_ledger: bool
    cached: tuple[range, ...] = ()
    cached_text: TextSize = field(default_factory=TextSize)
    missing: int = 0
    _tallies: dict[int, _LinkTally] = field(default_factory=dict)

    @property
    def looks_up(self) -> bool:
        """Whether texts are looked up in some file."""
        return any(link.engine.looks_up for link in self.links)

    def has_cached(self, place: int) -> bool:
        """Whether the dialogue at ``place`` is in the cache."""
        return any(place in part for part in self.cached)

    def work(self, link: Link) -> Work:
        """What one language of the group takes of ``link``."""
        return self.tally(link).work()

    def tally(self, link: Link) -> _LinkTally:
        """The counts of ``link``, to be added to."""
        return self._tallies.setdefault(id(link), _LinkTally())


class Survey:
    """One look at a corpus on the way to a plan.

    Attributes:
        dialogues: How many there are.
        text: All utterances: what one language has.
        groups: The wanted languages, and what they take.
    """

    def __init__(
        self,
        chain: Chain,
        locales: Sequence[str],
        ledger: LedgerReader | None,
        *,
        retry_failed: bool = False,
        cached: Mapping[str, Sequence[range]] | None = None,
    ) -> None:
        """Nothing counted yet.

        Args:
            chain: The engines in turn.
            locales: Each offered by an engine of the chain.
            ledger: None where there is none yet.
            retry_failed: Count calls that failed for good as to be sent again.
            cached: By locale, the places of the dialogues that are in the cache, among those that are looked at.
        """
        self.dialogues = 0
        self.text = TextSize()
        self.groups = _group(chain, locales, _known_to(ledger), cached or {})
        self._locales = tuple(locales)
        self._ledger = ledger
        self._retry_failed = retry_failed
        self._seen: dict[int, int] = {}
        """For each call (its hash of 64 bits), whatever the language: in which groups it was met, as bits."""

    @property
    def languages(self) -> list[tuple[str, Group]]:
        """Each wanted language and its group, in the wanted order."""
        group_of = {locale: group for group in self.groups for locale in group.locales}
        return [(locale, group_of[locale]) for locale in self._locales]

    def look_at(self, dialogues: Iterable[Dialogue]) -> None:
        """Count ``dialogues``, in all languages.

        Languages in which texts are looked up come after the others, one at a time: such an engine holds one language.

        Raises:
            EngineError: The source of an engine that looks translations up is damaged.
            LedgerError: The ledger is damaged.
        """
        plain = [group for group in self.groups if not group.looks_up]
        single = [group for group in self.groups if group.looks_up]
        with Spool(dialogues) as spool:
            source = spool if single else dialogues
            for place, dialogue in enumerate(source):
                self.dialogues += 1
                _count(dialogue, self.text)
                self._look_at(place, dialogue, plain)
            for group in single:
                for place, dialogue in enumerate(spool):
                    self._look_at(place, dialogue, [group])

    def _look_at(self, place: int, dialogue: Dialogue, groups: list[Group]) -> None:
        wanted = []
        for group in groups:
            if group.has_cached(place):
                _count(dialogue, group.cached_text)
            else:
                wanted.append(group)
        context = context_fingerprint(dialogue) if wanted else ""
        for group in wanted:
            self._walk(dialogue, context, group)

    def _walk(self, dialogue: Dialogue, context: str, group: Group) -> None:
        def send(link: Link, call: TranslationCall) -> TranslationReply:
            return self._foresee(link, call, context, group)

        way = translate_dialogue(dialogue, group.locales[0], group.links, send)
        if isinstance(way, Missing):
            group.missing += 1

    def _foresee(self, link: Link, call: TranslationCall, context: str, group: Group) -> TranslationReply:
        """The reply, as far as it matters for the way; counts the call on its way."""
        tally = group.tally(link)
        if link.engine.looks_up:
            reply = checked(call, link.engine.translate(call))
            tally.looked_up += sum(target is not None for target in reply.targets)
            return reply
        if link.in_ledger:
            known = self._known(link, call, context) if group.in_ledger else None
            if known is not None:
                tally.in_ledger.add(call)
                return known
            if self._is_repeated(link, call, context, group.bit):
                tally.repeated.add(call)
                return _all_of(call)
        amount = amount_of(call, link.engine, link.settings)
        tally.to_do.add(call, (amount.input_tokens, amount.output_tokens))
        return _all_of(call)

    def _known(self, link: Link, call: TranslationCall, context: str) -> TranslationReply | None:
        known = None if self._ledger is None else self._ledger.find(unit_of(call, link.engine, context).key)
        if isinstance(known, Done):
            return TranslationReply(known.targets)
        if isinstance(known, Failed) and not self._retry_failed:
            raise EngineError(known.failure, known.reason, known.detail)
        return None

    def _is_repeated(self, link: Link, call: TranslationCall, context: str, bit: int) -> bool:
        place = hash((id(link), call.start, call.stop, context))
        before = self._seen.get(place, 0)
        self._seen[place] = before | bit
        return bool(before & bit)


def _all_of(call: TranslationCall) -> TranslationReply:
    return TranslationReply(tuple(turn.utterance for turn in call.turns))


def _count(dialogue: Dialogue, text: TextSize) -> None:
    """Add the texts of ``dialogue`` to ``text``."""
    texts = [turn.utterance for turn in dialogue.turns]
    text.utterances += len(texts)
    text.characters += sum(map(len, texts))
    text.bytes += sum(len(utterance.encode()) for utterance in texts)


def _known_to(ledger: LedgerReader | None) -> set[tuple[str, str]]:
    """Engine and locale of all units in the ledger."""
    return set() if ledger is None else {(count.engine, count.locale) for count in ledger.counts()}


def _group(
    chain: Chain,
    locales: Sequence[str],
    known: Collection[tuple[str, str]],
    cached: Mapping[str, Sequence[range]],
) -> list[Group]:
    """Groups in the order of their first languages; a language that is not like others has a group of its own."""
    alike: dict[tuple[object, ...], list[str]] = {}
    parts = {locale: chain.links_for(locale) for locale in locales}
    own = {locale: any((link.name, locale) in known for link in parts[locale]) for locale in locales}
    for locale in locales:
        alone = own[locale] or any(link.engine.looks_up for link in parts[locale])
        kind = (locale,) if alone else (*map(id, parts[locale]), *cached.get(locale, ()))
        alike.setdefault(kind, []).append(locale)
    return [
        Group(tuple(group), 1 << number, parts[group[0]], own[group[0]], tuple(cached.get(group[0], ())))
        for number, group in enumerate(alike.values())
    ]
