"""Templates: texts, soft tokens and a mask, put together to a cloze question (METHODS section 2).

``{premise}. {hypothesis}? {soft} {mask}.`` reads: the premise and a full stop, the hypothesis and a question mark, all
soft tokens of one prompt, the mask, a full stop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crossprompt.backbones.tokenizer import BackboneTokenizer

SOFT, MASK = "soft", "mask"

_FIELD = re.compile(r"\{([a-z]+)\}")
_PROBE = "x"
"""A letter that no vocabulary joins to punctuation: what follows it is spelled as at the end of a word."""


class TemplateError(ValueError):
    """A template can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: literal text and fields in turn, beginning and ending with (perhaps empty) text."""

    literals: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def soft(self) -> bool:
        """Whether rows carry soft tokens."""
        return SOFT in self.fields

    @property
    def texts(self) -> tuple[str, ...]:
        """The names of the texts, in their order."""
        return tuple(name for name in self.fields if name not in (SOFT, MASK))


def parse_template(wording: str) -> Template:
    """Read a template.

    Raises:
        TemplateError: It has no text, not exactly one mask, a field twice, or a text behind the mask: the last mask of
            a row is where the answer is read, and texts may hold masks.
    """
    parts = _FIELD.split(wording)
    template = Template(tuple(parts[::2]), tuple(parts[1::2]))
    fields = template.fields
    if fields.count(MASK) != 1:
        raise TemplateError(f"template {wording!r} has {fields.count(MASK)} masks; it needs one {{mask}}")
    if len(set(fields)) < len(fields) or not template.texts:
        raise TemplateError(f"template {wording!r} needs each text once: it has the fields {', '.join(fields)}")
    if behind := [name for name in fields[fields.index(MASK) :] if name in template.texts]:
        raise TemplateError(f"template {wording!r} has {{{behind[0]}}} behind the mask; put texts before it")
    return template


class TextPieces:
    """Token ids of texts, each tokenised once however many templates and models read it."""

    def __init__(self, tokenizer: BackboneTokenizer) -> None:
        """Nothing is tokenised yet."""
        self.tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def of(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of each text, without special tokens; not to be changed."""
        wanted = list(texts)
        new = [text for text in dict.fromkeys(wanted) if text not in self._known]
        self._known.update(zip(new, self.tokenizer.pieces(new), strict=True))
        return [self._known[text] for text in wanted]


class RowWriter:
    """Writes rows of one template for one backbone."""

    def __init__(self, template: Template, tokenizer: BackboneTokenizer) -> None:
        """Tokenise the literals: as the end of a word where no blank is before them."""
        self.template = template
        self._tokenizer = tokenizer
        self._literals = [self._literal(literal) for literal in template.literals]

    def write(self, texts: Mapping[str, Sequence[int]], soft: Sequence[int] = ()) -> list[int]:
        """A row of token ids with special tokens.

        Where the model's longest text demands it, the longer text is cut at its end, token by token; the template and
        its soft tokens stay whole.

        Args:
            texts: Token ids of each text, by name.
            soft: Ids of the soft tokens, in their order.

        Raises:
            TemplateError: The template leaves no room for its texts.
        """
        own = [texts[name] for name in self.template.texts]
        fixed = sum(map(len, self._literals)) + len(soft) * self.template.soft + 1
        kept = dict(zip(self.template.texts, fit(own, self._tokenizer.max_tokens - 2 - fixed), strict=True))
        kept |= {SOFT: soft, MASK: [self._tokenizer.mask_id]}
        pieces = list(self._literals[0])
        for name, literal in zip(self.template.fields, self._literals[1:], strict=True):
            pieces.extend(kept[name])
            pieces.extend(literal)
        return self._tokenizer.wrap(pieces)

    def _literal(self, literal: str) -> list[int]:
        if not literal.strip():
            return []
        if literal[0].isspace() or literal == self.template.literals[0]:
            return self._tokenizer.pieces([literal.strip()])[0]
        probe, joined = self._tokenizer.pieces([_PROBE, _PROBE + literal.rstrip()])
        return joined[len(probe) :] if joined[: len(probe)] == probe else self._tokenizer.pieces([literal.strip()])[0]


def fit(texts: Sequence[Sequence[int]], room: int) -> list[Sequence[int]]:
    """``texts`` cut at their ends until all have ``room`` together; a token is always taken from the longest.

    Raises:
        TemplateError: There is not room for a token of each.
    """
    if room < len(texts):
        raise TemplateError(f"the template leaves room for {room} tokens of text; shorten it or raise max_tokens")
    sizes = [len(text) for text in texts]
    while sum(sizes) > room:
        sizes[sizes.index(max(sizes))] -= 1
    return [text[:size] for text, size in zip(texts, sizes, strict=True)]
