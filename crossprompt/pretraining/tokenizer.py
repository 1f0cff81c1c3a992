"""A unigram tokenizer from training text (Kudo 2018), in which no text is unknown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from crossprompt.pretraining.characters import normalise, required_characters
from crossprompt.pretraining.settings import VocabularySettings
from crossprompt.pretraining.text import PretrainingText
from crossprompt.training.randomness import numpy_generator

SPECIAL_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
"""Their ids are their places."""

BYTES = tuple(f"<0x{value:02X}>" for value in range(256))
"""What a character that is no piece is spelled with."""

_BATCH = 1000
_DECIMALS = 4
"""The learner adds up in an order that changes from run to run: behind these, scores are rounding errors."""
_STEP = 1e-4
"""Between the scores of two such characters, in the learner."""
_WORD_MARGIN = 0.01
"""By how much a word that must be a piece is more likely than the pieces it would be cut into."""
_RAREST = 3.0
"""By how much a rare character is less likely than the rarest longer piece, in natural logarithms."""


def train_tokenizer(text: PretrainingText, settings: VocabularySettings, seed: int, closing: bool = True) -> Tokenizer:
    """Learn the pieces.

    Every character of the text and of the languages' alphabets is a piece; others are spelled in bytes.

    Args:
        text: Training text, of which each language gives at most so many texts as the settings say.
        settings: How many pieces, and words that must be some.
        seed: Draws the texts.
        closing: Put ``</s>`` behind a text; a decoder goes on from it instead.

    Raises:
        ValueError: A word that must be a piece has a blank in it.
    """
    texts = sample_texts(text, settings.max_texts_per_language, seed)
    required = required_characters(text.languages, texts)
    learner = _skeleton(models.Unigram(), closing)
    learner.train_from_iterator(
        _batches(texts),
        trainers.UnigramTrainer(
            vocab_size=settings.pieces - len(BYTES),
            special_tokens=list(SPECIAL_TOKENS),
            unk_token="<unk>",
            initial_alphabet=required,
            show_progress=False,
        ),
        length=len(texts),
    )
    return _complete(learner, required, settings.words, closing)


def sample_texts(text: PretrainingText, per_language: int, seed: int) -> list[str]:
    """Distinct texts in the order of the corpora: at most ``per_language`` of each language and of the dialogues."""
    parts = [text.utterances, *([text.sentences] if text.sentences else [])]
    columns = [column[column >= 0] for part in parts for column in part.texts.T]
    chosen = [_draw(column, per_language, seed, str(place)) for place, column in enumerate([*columns, text.turns])]
    return list(dict.fromkeys(text.texts.take(np.concatenate(chosen)).to_pylist()))


def _draw(numbers: Any, most: int, seed: int, name: str) -> Any:
    if len(numbers) <= most:
        return numbers
    return np.sort(numpy_generator(seed, "tokenizer", name).choice(numbers, size=most, replace=False))


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(texts), _BATCH):
        yield texts[first : first + _BATCH]


def _complete(learner: Tokenizer, required: Iterable[str], words: Iterable[str], closing: bool) -> Tokenizer:
    """The learned pieces, single characters that were too rare to be learned, bytes for all others, and ``words``.

    The learner adds characters that it lost again, in steps above the lowest score and in an order that changes from
    run to run; here they share one score.
    """
    learned = json.loads(learner.to_str())["model"]["vocab"]
    scores = {piece: round(score, _DECIMALS) for piece, score in learned if piece not in SPECIAL_TOKENS}
    lowest = min(scores.values())
    ceiling = lowest + _STEP * sum(len(piece) == 1 for piece in scores)
    rare = {piece for piece, score in scores.items() if len(piece) == 1 and score <= ceiling}
    rare |= set(required) - scores.keys()
    scores |= dict.fromkeys(rare, lowest - _RAREST) | dict.fromkeys(BYTES, lowest - 2 * _RAREST)
    for word in words:
        _add_word(scores, word)
    tokenizer = _skeleton(_unigram(scores), closing)
    tokenizer.add_special_tokens([AddedToken(t, lstrip=t == "<mask>", special=True) for t in SPECIAL_TOKENS])
    return tokenizer


def _unigram(scores: dict[str, float]) -> models.Unigram:
    """The model with the special tokens first, then pieces by their scores."""
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    vocabulary = [*((token, 0.0) for token in SPECIAL_TOKENS), *ordered]
    return models.Unigram(vocabulary, SPECIAL_TOKENS.index("<unk>"), byte_fallback=True)


def _add_word(scores: dict[str, float], word: str) -> None:
    """Make ``word`` a piece behind a blank, a little more likely than the pieces that it was cut into before.

    Raises:
        ValueError: It has a blank in it.
    """
    model = _unigram(scores)
    piece = f"▁{normalise(word)}"
    if len(piece.split()) > 1:
        raise ValueError(f"vocabulary.words: {word!r} has a blank in it, so it can't be one piece")
    cut = [token.value for token in model.tokenize(piece)]
    if cut != [piece]:
        scores[piece] = round(sum(scores[part] for part in cut) + _WORD_MARGIN, _DECIMALS)


def _skeleton(model: models.Model, closing: bool) -> Tokenizer:
    """Everything around the pieces: NFKC and lower case, blanks as ``▁``, ``<s> ... </s>`` or ``<s> ...``."""
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>" if closing else "<s> $A",
        pair="<s> $A </s> </s> $B </s>" if closing else "<s> $A </s> $B",
        special_tokens=[(token, SPECIAL_TOKENS.index(token)) for token in ("<s>", "</s>")],
    )
    return tokenizer
