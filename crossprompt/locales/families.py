"""Language families by ISO 639 code: the top-level family and, where it helps grouping, the branch.

Families are Glottolog's top-level families, branches are well-known nodes below them under their usual (ISO 639-5)
names; the classification is simplified, for grouping in reports. The table covers MASSIVE's 52 locales, COD,
the 105 languages of XSGD (paper 001, appendix A) and the languages of paper 002.
"""

from __future__ import annotations

_INDO_EUROPEAN = {
    "Albanian": "sq",
    "Armenian": "hy",
    "Baltic": "lt lv",
    "Celtic": "cy ga gd br",
    "Germanic": "af da de en fo fy is lb nb nl nn no sv yi",
    "Greek": "el",
    "Indo-Aryan": "as bn gu hi mr ne or pa sd si ur",
    "Iranian": "fa ku ckb ps tg",
    "Italic": "ca co es fr gl ht it la oc pt ro",
    "Slavic": "be bg bs cs hr mk pl ru sk sl sr uk",
}
"""Branches of Indo-European; Haitian Creole stands with its lexifier."""

_FAMILIES = {
    "Afro-Asiatic": {
        "Berber": "kab",
        "Chadic": "ha",
        "Cushitic": "om so",
        "Semitic": "am ar he mt ti",
    },
    "Atlantic-Congo": {
        "Atlantic": "wo",
        "Bantu": "ki kmb lg ln ny nso rn rw sn st sw tn ts tum xh zu",
        "Kwa": "ak tw",
        "Gbe": "fon",
        "Igboid": "ig",
        "Yoruboid": "yo",
    },
    "Austroasiatic": {"Khmeric": "km", "Vietic": "vi"},
    "Austronesian": {"Malayo-Polynesian": "ceb fil haw id ilo jv mg mi ms sm su tl"},
    "Constructed": {"Esperantic": "eo"},
    "Dravidian": {"South Dravidian": "kn ml ta", "South-Central Dravidian": "te"},
    "Eskimo-Aleut": {"Inuit": "kl"},
    "Hmong-Mien": {"Hmongic": "hmn"},
    "Indo-European": _INDO_EUROPEAN,
    "Japonic": {"Japanesic": "ja"},
    "Kartvelian": {"Georgian-Zan": "ka"},
    "Koreanic": {"Korean": "ko"},
    "Language isolate": {"Basque": "eu"},
    "Mande": {"Western Mande": "bm"},
    "Mongolic-Khitan": {"Mongolic": "mn"},
    "Quechuan": {"Quechua": "qu quy"},
    "Sino-Tibetan": {"Burmo-Qiangic": "my", "Sinitic": "yue zh", "Tibetic": "bo"},
    "Tai-Kadai": {"Tai": "lo th"},
    "Turkic": {"Turkic": "az ba kk ky tk tr tt ug uz"},
    "Tupian": {"Tupi-Guarani": "gn"},
    "Uralic": {"Finnic": "et fi", "Hungarian": "hu"},
}

FAMILY_OF: dict[str, tuple[str, str]] = {
    code: (family, branch)
    for family, branches in _FAMILIES.items()
    for branch, codes in branches.items()
    for code in codes.split()
}
"""``(family, branch)`` of an ISO 639-1 code, or of the 639-3 code of a language that has none."""
