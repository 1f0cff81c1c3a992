"""The 52 languages of paper 002: those of SIB-200 that XGLM or BLOOM has been trained on."""

from __future__ import annotations

_XGLM = (
    "arb_Arab ben_Beng bul_Cyrl cat_Latn deu_Latn ell_Grek eng_Latn est_Latn eus_Latn fin_Latn fra_Latn hat_Latn "
    "hin_Deva ind_Latn ita_Latn jpn_Jpan kor_Hang mya_Mymr por_Latn quy_Latn rus_Cyrl spa_Latn swh_Latn tam_Taml "
    "tel_Telu tha_Thai tur_Latn urd_Arab vie_Latn zho_Hans"
)

_BLOOM = (
    "aka_Latn arb_Arab asm_Beng bam_Latn ben_Beng cat_Latn eng_Latn eus_Latn fon_Latn fra_Latn guj_Gujr hin_Deva "
    "ibo_Latn ind_Latn kan_Knda kik_Latn kin_Latn lin_Latn mal_Mlym mar_Deva npi_Deva nso_Latn ory_Orya por_Latn "
    "sna_Latn spa_Latn swh_Latn tam_Taml tel_Telu tum_Latn twi_Latn urd_Arab vie_Latn wol_Latn xho_Latn yor_Latn "
    "zho_Hans zul_Latn"
)

XGLM_LANGUAGES, BLOOM_LANGUAGES = (tuple(codes.split()) for codes in (_XGLM, _BLOOM))
"""SIB-200's codes of the languages that each family has been trained on. Where SIB-200 has Chinese in two scripts it is
the simplified one, and Arabic is in its own script."""

PAPER_LANGUAGES = tuple(sorted({*XGLM_LANGUAGES, *BLOOM_LANGUAGES}))
"""All 52."""
