"""BCP-47 tags find the codes by which services and models call languages, and never those of another language."""

from __future__ import annotations

import pytest

from crossprompt.locales.languages import LocaleError
from crossprompt.translation.cloud.languages import GENERAL_NMT
from crossprompt.translation.codes import LanguageCodes

NLLB = (
    "acm_Arab ary_Arab arb_Arab arz_Arab als_Latn aka_Latn twi_Latn azj_Latn azb_Arab ayr_Latn est_Latn fuv_Latn "
    "gaz_Latn khk_Cyrl kmr_Latn ckb_Arab knc_Arab knc_Latn kor_Hang lvs_Latn ltg_Latn npi_Deva nno_Latn nob_Latn "
    "ory_Orya pes_Arab prs_Arab plt_Latn por_Latn quy_Latn pbt_Arab srp_Cyrl swh_Latn tgl_Latn uzn_Latn ydd_Hebr "
    "yue_Hant zho_Hans zho_Hant zsm_Latn kas_Arab kas_Deva eng_Latn"
)

PAIRS = (
    "sw-KE:swh_Latn ar:arb_Arab ar-EG:arb_Arab arz:arz_Arab sq:als_Latn az-AZ:azj_Latn ay:ayr_Latn et:est_Latn "
    "ff:fuv_Latn om:gaz_Latn mn-MN:khk_Cyrl ku:kmr_Latn ckb:ckb_Arab ko-KR:kor_Hang lv-LV:lvs_Latn ltg:ltg_Latn "
    "ne:npi_Deva no:nob_Latn nb-NO:nob_Latn nn:nno_Latn or:ory_Orya fa-IR:pes_Arab fa-AF:prs_Arab mg:plt_Latn "
    "pt-BR:por_Latn qu:quy_Latn ps:pbt_Arab sr:srp_Cyrl tl-PH:tgl_Latn fil:tgl_Latn uz:uzn_Latn yi:ydd_Hebr "
    "yue:yue_Hant zh:zho_Hans zh-CN:zho_Hans zh-TW:zho_Hant zh-HK:zho_Hant ms-MY:zsm_Latn ak:aka_Latn tw:twi_Latn "
    "ks:kas_Arab ks-Deva:kas_Deva kr-Arab:knc_Arab "
)
XSGD = (  # paper 001, appendix A
    "af am ar az be bg bn bs ca ceb co cs cy da de el eo es et eu fa fi fr fy ga gd gl gu ha haw he hi hmn hr ht hu hy "
    "id ig is it ja ka kk km kn ko ku ky la lb lo lt lv mg mi mk ml mn mr ms mt my ne nl no ny or pa pl pt ro ru rw si "
    "sk sl sm sn so sq sr st su sv sw ta te tg th tk tl tr tt ug uk ur uz vi xh yi yo zh-CN zh-TW zu"
)
MASSIVE = (  # the 51 beside English
    "af-ZA am-ET ar-SA az-AZ bn-BD ca-ES cy-GB da-DK de-DE el-GR es-ES fa-IR fi-FI fr-FR he-IL hi-IN hu-HU hy-AM id-ID "
    "is-IS it-IT ja-JP jv-ID ka-GE km-KH kn-IN ko-KR lv-LV ml-IN mn-MN ms-MY my-MM nb-NO nl-NL pl-PL pt-PT ro-RO ru-RU "
    "sl-SL sq-AL sv-SE sw-KE ta-IN te-IN th-TH tl-PH tr-TR ur-PK vi-VN zh-CN zh-TW"
)


@pytest.fixture(scope="module")
def nllb() -> LanguageCodes:
    return LanguageCodes({code: code.replace("_", "-") for code in NLLB.split()})


@pytest.fixture(scope="module")
def google() -> LanguageCodes:
    return LanguageCodes({code: code for code in GENERAL_NMT})


@pytest.mark.parametrize("pair", PAIRS.split())
def test_a_tag_finds_its_iso_code_and_script(nllb: LanguageCodes, pair: str) -> None:
    tag, _, code = pair.partition(":")
    assert nllb.find(tag) == code


@pytest.mark.parametrize("tag", ["de", "sr-Latn", "az-Cyrl", "ja-JP", "en", "en-GB", "ks-Latn", "da"])
def test_another_language_or_script_is_no_match(nllb: LanguageCodes, tag: str) -> None:
    with pytest.raises(LocaleError, match=tag):
        nllb.find(tag)


@pytest.mark.parametrize("tag", ["xx", "no such tag", "", "swa-", "zz-ZZ"])
def test_what_is_no_tag_is_refused(nllb: LanguageCodes, tag: str) -> None:
    with pytest.raises(LocaleError):
        nllb.find(tag)


def test_every_code_but_english_has_a_short_tag_of_its_own(nllb: LanguageCodes) -> None:
    assert {nllb.find(tag) for tag in nllb.locales} == set(NLLB.split()) - {"eng_Latn"}
    assert {"sw", "ar", "arz", "no", "nn", "zh", "zh-Hant", "fil", "fa-AF", "ks-Deva", "ps"} <= set(nllb.locales)
    assert list(nllb.locales) == sorted(nllb.locales)


def test_the_nearest_territory_is_taken(google: LanguageCodes) -> None:
    wanted = ["pt-BR", "pt-PT", "pt-AO", "fr-FR", "fr-BE", "fr-CA", "zh-SG", "zh-HK", "zh"]
    codes = ["pt", "pt-PT", "pt-PT", "fr", "fr", "fr-CA", "zh-CN", "zh-TW", "zh-CN"]
    assert [google.find(tag) for tag in wanted] == codes


@pytest.mark.parametrize(("wanted", "number"), [(XSGD, 105), (MASSIVE, 51)])
def test_google_has_the_languages_of_both_corpora(google: LanguageCodes, wanted: str, number: int) -> None:
    codes = [google.find(tag) for tag in wanted.split()]
    assert len(set(codes)) == number
    assert set(codes) <= set(GENERAL_NMT)


def test_codes_that_name_no_language_are_left_out() -> None:
    codes = LanguageCodes({"<2sw>": "sw", "<2zz>": "zz", "<2 >": " ", "<2en>": "en"})
    assert codes.locales == ("sw",)
