"""The public corpora: what they are called, where they are served, under which licence, and how they are laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from crossprompt.corpora.errors import UnknownCorpusError


class Layout(StrEnum):
    """How a corpus's folder is organised, and so which reader takes it."""

    SGD = "sgd"
    """``<split>/schema.json`` and ``<split>/dialogues_NNN.json``."""
    MASSIVE = "massive"
    """``data/<locale>.jsonl``."""
    COD = "cod"
    """``<language>_<split>.json``, parallel SGD-style dialogues."""
    XSGD = "xsgd"
    """``<split>.../*.json``, SGD-style dialogues whose turns have their translations beside them."""
    SAMPLE = "sample"
    """``sgd/`` and ``massive/`` in their layouts, and ``translations.tmx``."""
    TATOEBA = "tatoeba"
    """``tatoeba.<code>-eng.<code>`` and ``tatoeba.<code>-eng.eng``, one sentence a line, parallel by line."""
    SIB200 = "sib-200"
    """``annotated/<language>_<Script>/<split>.tsv``, sentences with a topic, parallel by id."""
    XNLI = "xnli"
    """``xnli.<split>.tsv``, or ``<split>-<language>.tsv``; and ``few_shot_en/<split>_split-<k>.jsonl``."""
    PAWSX = "paws-x"
    """``<language>/<split>*.tsv``, pairs of sentences, parallel by id."""

    @property
    def content(self) -> str:
        """What such a corpus is made of, for messages."""
        return _CONTENT[self]


_CONTENT = {
    Layout.SGD: "dialogues",
    Layout.MASSIVE: "utterances",
    Layout.COD: "dialogues",
    Layout.XSGD: "dialogues with translations",
    Layout.SAMPLE: "dialogues and utterances",
    Layout.TATOEBA: "pairs of sentences",
    Layout.SIB200: "sentences with a topic",
    Layout.XNLI: "pairs of sentences with a relation",
    Layout.PAWSX: "pairs of sentences that may be paraphrases",
}


@dataclass(frozen=True, slots=True)
class CorpusEntry:
    """One corpus. ``address`` is None for what comes with the package; XSGD's is a page of files, and no archive."""

    name: str
    title: str
    licence: str
    address: str | None
    mirror_names: tuple[str, ...]
    """Names of the archive, or of its unpacked folder, under a data root."""
    layout: Layout
    citation: str
    sha256: str | None = None
    """Of the archive at ``address``, where its publisher serves stable bytes."""


_ENTRIES = (
    CorpusEntry(
        name="sample",
        title="CrossPrompt's packaged sample",
        licence="CC BY 4.0",
        address=None,
        mirror_names=(),
        layout=Layout.SAMPLE,
        citation="CrossPrompt, its packaged sample of dialogues and utterances",
    ),
    CorpusEntry(
        name="sgd",
        title="Schema-Guided Dialogue",
        licence="CC BY-SA 4.0",
        address=(
            "https://github.com/google-research-datasets/dstc8-schema-guided-dialogue/archive/refs/heads/master.tar.gz"
        ),
        mirror_names=(
            "dstc8-schema-guided-dialogue-master.tar.gz",
            "dstc8-schema-guided-dialogue-master.zip",
            "dstc8-schema-guided-dialogue-master",
        ),
        layout=Layout.SGD,
        citation="Rastogi et al., Towards Scalable Multi-Domain Conversational Agents, AAAI 2020",
    ),
    CorpusEntry(
        name="massive",
        title="MASSIVE 1.1",
        licence="CC BY 4.0",
        address="https://amazon-massive-nlu-dataset.s3.amazonaws.com/amazon-massive-dataset-1.1.tar.gz",
        mirror_names=("amazon-massive-dataset-1.1.tar.gz", "amazon-massive-dataset-1.1"),
        layout=Layout.MASSIVE,
        citation="FitzGerald et al., MASSIVE: A 1M-Example Multilingual NLU Dataset, ACL 2023",
    ),
    CorpusEntry(
        name="cod",
        title="Cross-lingual Outline-based Dialogue",
        licence="none stated by its authors",
        address="https://github.com/cambridgeltl/COD/archive/HEAD.tar.gz",
        mirror_names=("cod.tar.xz", "COD-main.tar.gz", "COD-main.zip", "COD"),
        layout=Layout.COD,
        citation="Majewska et al., Cross-Lingual Dialogue Dataset Creation via Outline-Based Generation, TACL 2023",
    ),
    CorpusEntry(
        name="xsgd",
        title="XSGD: Schema-Guided Dialogue in 105 further languages",
        licence="CC BY-SA 4.0",
        address="https://console.cloud.google.com/storage/browser/multilingual-sgd-data-research",
        mirror_names=("xsgd", "multilingual-sgd-data-research"),
        layout=Layout.XSGD,
        citation="Tu et al., Efficiently Aligned Cross-Lingual Transfer Learning for Conversational Tasks using "
        "Prompt-Tuning, Findings of EACL 2024",
    ),
    CorpusEntry(
        name="tatoeba",
        title="LASER's test sets of Tatoeba",
        licence="CC BY 2.0 FR, some sentences CC0 1.0 (Tatoeba's terms)",
        address="https://github.com/facebookresearch/LASER/archive/HEAD.tar.gz",
        mirror_names=("laser-tatoeba-v1.tar.gz", "LASER-main.tar.gz", "LASER-main.zip", "LASER"),
        layout=Layout.TATOEBA,
        citation="Artetxe and Schwenk, Massively Multilingual Sentence Embeddings for Zero-Shot Transfer, TACL 2019",
    ),
    CorpusEntry(
        name="sib-200",
        title="SIB-200",
        licence="CC BY-SA 4.0 (text), Apache-2.0 (annotation)",
        address="https://github.com/dadelani/sib-200/archive/HEAD.tar.gz",
        mirror_names=("sib-200.tar.xz", "sib-200-main.tar.gz", "sib-200-main.zip", "sib-200"),
        layout=Layout.SIB200,
        citation="Adelani et al., SIB-200: A Simple, Inclusive, and Big Evaluation Dataset for Topic Classification in "
        "200+ Languages and Dialects, EACL 2024",
    ),
    CorpusEntry(
        name="sample-nli",
        title="CrossPrompt's packaged sample of pairs with a relation",
        licence="CC BY 4.0",
        address=None,
        mirror_names=(),
        layout=Layout.XNLI,
        citation="CrossPrompt, its packaged sample of pairs of sentences with a relation",
    ),
    CorpusEntry(
        name="sample-paraphrases",
        title="CrossPrompt's packaged sample of paraphrases",
        licence="CC BY 4.0",
        address=None,
        mirror_names=(),
        layout=Layout.PAWSX,
        citation="CrossPrompt, its packaged sample of paraphrases",
    ),
    CorpusEntry(
        name="xnli",
        title="XNLI 1.0",
        licence="CC BY-NC 4.0",
        address="https://dl.fbaipublicfiles.com/XNLI/XNLI-1.0.zip",
        mirror_names=("xnli.tar.xz", "XNLI-1.0.zip", "XNLI-1.0", "xnli"),
        layout=Layout.XNLI,
        citation="Conneau et al., XNLI: Evaluating Cross-lingual Sentence Representations, EMNLP 2018; few-shot splits "
        "of Zhao and Schütze, Discrete and Soft Prompting for Multilingual Models, EMNLP 2021",
    ),
    CorpusEntry(
        name="paws-x",
        title="PAWS-X",
        licence="free for any purpose, with acknowledgement",
        address="https://storage.googleapis.com/paws/pawsx/x-final.tar.gz",
        mirror_names=("paws-x.tar.xz", "x-final.tar.gz", "paws-x", "x-final"),
        layout=Layout.PAWSX,
        citation="Yang et al., PAWS-X: A Cross-lingual Adversarial Dataset for Paraphrase Identification, EMNLP 2019",
    ),
)

CATALOGUE: Mapping[str, CorpusEntry] = MappingProxyType({entry.name: entry for entry in _ENTRIES})


def find_corpus(name: str) -> CorpusEntry:
    """The entry called ``name``.

    Raises:
        UnknownCorpusError: There is none; the message lists the names.
    """
    if name not in CATALOGUE:
        raise UnknownCorpusError(f"source.corpus: no corpus {name!r}; the catalogue has {', '.join(sorted(CATALOGUE))}")
    return CATALOGUE[name]
