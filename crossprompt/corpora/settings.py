"""Settings of the corpora: which one, from where, and how strict to be."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crossprompt.settings import Settings

Split = Literal["train", "dev", "test"]


class SourceSettings(Settings):
    """Where a corpus comes from."""

    corpus: str = "sample"
    """A name in the catalogue (``crossprompt.corpora.catalogue``): ``sample``, ``sgd``, ``massive``, ``cod``,
    ``xsgd``, ``tatoeba``, ``sib-200``, ``xnli``, ``paws-x``, and the packaged ``sample-nli``, ``sample-paraphrases``.
    """
    location: str | None = None
    """A folder, a zip or tar file, or an http(s) address, instead of the catalogue's own; relative paths: the data
    root.
    """
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    """The archive's expected checksum; a different one is an error."""


class DialogueSettings(Settings):
    """The English dialogues that are translated and aligned."""

    source: SourceSettings = SourceSettings()
    splits: tuple[Split, ...] | None = None
    """None means every split the corpus has (the sample has train only)."""
    max_quarantined_share: float = Field(default=0.01, ge=0, le=1)
    """Stop if more than this share of the dialogues is refused."""


class UtteranceSettings(Settings):
    """The labelled utterances of the downstream task."""

    source: SourceSettings = SourceSettings()
    locales: tuple[str, ...] | None = None
    """BCP-47 tags such as ``sw-KE``; None means every locale the corpus has."""
    max_quarantined_share: float = Field(default=0.01, ge=0, le=1)


class TatoebaSettings(Settings):
    """The sentence pairs of the retrieval test."""

    source: SourceSettings = SourceSettings(corpus="tatoeba")
    languages: tuple[str, ...] | None = None
    """Codes of the files such as ``swh``, or BCP-47 tags such as ``sw``; None means every language the corpus has."""
    max_quarantined_share: float = Field(default=0.0, ge=0, le=1)


class SentenceSettings(Settings):
    """Sentences with a topic, parallel across languages."""

    source: SourceSettings = SourceSettings(corpus="sib-200")
    languages: tuple[str, ...] | None = None
    """Codes of the folders such as ``swh_Latn``, or BCP-47 tags such as ``sw-KE``; None means every language there."""
    splits: tuple[Split, ...] = ("train", "dev", "test")
    max_quarantined_share: float = Field(default=0.01, ge=0, le=1)


class NliCorpusSettings(Settings):
    """Pairs of sentences with a relation, parallel across languages."""

    source: SourceSettings = SourceSettings(corpus="xnli")
    languages: tuple[str, ...] | None = None
    """BCP-47 tags such as ``sw``, English among them; None means every language there."""
    max_quarantined_share: float = Field(default=0.01, ge=0, le=1)


class ParaphraseSettings(Settings):
    """Pairs of English sentences and their translations, parallel by id."""

    source: SourceSettings = SourceSettings(corpus="paws-x")
    languages: tuple[str, ...] | None = None
    """BCP-47 tags, English among them; None means every language there."""
    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    """PAWS-X leaves up to 3 % of a language's rows untranslated."""
