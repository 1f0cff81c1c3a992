import pytest

from crossprompt.corpora.catalogue import CATALOGUE, find_corpus
from crossprompt.corpora.errors import UnknownCorpusError


def test_every_entry_says_what_it_is():
    packaged = {"sample", "sample-nli", "sample-paraphrases"}
    public = {"sgd", "massive", "cod", "xsgd", "tatoeba", "sib-200", "xnli", "paws-x"}
    assert set(CATALOGUE) == packaged | public
    for name, entry in CATALOGUE.items():
        assert entry.name == name
        assert entry.licence
        assert entry.citation
        if name in public:
            assert str(entry.address).startswith("https://")
            assert entry.mirror_names


def test_unknown_name_lists_the_valid_ones():
    with pytest.raises(UnknownCorpusError, match=r"'sgdd'; .* has cod, massive, paws-x, sample, sample-nli, "):
        find_corpus("sgdd")
