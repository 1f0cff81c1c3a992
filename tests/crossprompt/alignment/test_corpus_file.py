import pytest

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.corpus_file import load_corpus, save_corpus
from crossprompt.alignment.settings import AlignmentSettings
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations, no_dialogues


@pytest.mark.parametrize("dialogues", [make_dialogues(), no_dialogues()])
def test_a_corpus_comes_back_as_it_was(tmp_path, dialogues):
    settings = AlignmentSettings(monolingual_share=0.5)
    corpus = build_parallel_corpus(dialogues, make_translations(missing=((1, 2),)), None, settings)
    save_corpus(corpus, tmp_path)
    again = load_corpus(tmp_path)
    assert again.fingerprint == corpus.fingerprint
    assert (again.pairs.run_ends == corpus.pairs.run_ends).all()
    assert again.pairs.run_ends.dtype == corpus.pairs.run_ends.dtype
    assert (again.sources, again.locales) == (corpus.sources, corpus.locales)
