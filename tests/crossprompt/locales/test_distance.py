"""Kinship by descent, and the languages of paper 002."""

import pytest

from crossprompt.corpora.codes import name_languages
from crossprompt.locales.distance import Kinship, kinship
from crossprompt.locales.languages import describe_locale
from crossprompt.soft_prompts.languages import BLOOM_LANGUAGES, PAPER_LANGUAGES, XGLM_LANGUAGES


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en-US", Kinship.SAME_LANGUAGE),
        ("de", Kinship.SAME_BRANCH),
        ("hi-IN", Kinship.SAME_FAMILY),
        ("eu", Kinship.OTHER_FAMILY),
        ("sw-KE", Kinship.OTHER_FAMILY),
    ],
)
def test_how_a_language_is_related_to_english(tag, expected):
    assert kinship(tag) is expected


def test_it_is_symmetric_and_another_language_may_be_the_centre():
    assert kinship("sw", "zu") is Kinship.SAME_BRANCH
    assert kinship("zu", "sw") is Kinship.SAME_BRANCH
    assert kinship("wo", "sw") is Kinship.SAME_FAMILY
    assert Kinship.SAME_BRANCH.words == "same branch"
    assert kinship("tlh") is Kinship.OTHER_FAMILY


def test_the_paper_s_languages_are_52_and_every_one_has_a_family():
    assert (len(XGLM_LANGUAGES), len(BLOOM_LANGUAGES), len(PAPER_LANGUAGES)) == (30, 38, 52)
    tags = name_languages(PAPER_LANGUAGES)
    assert len(set(tags.values())) == 52
    assert tags["eng_Latn"] == "en"
    assert (tags["aka_Latn"], tags["twi_Latn"], tags["zho_Hans"]) == ("ak", "tw", "zh")
    assert [tag for tag in tags.values() if describe_locale(tag).family == "Unknown"] == []
