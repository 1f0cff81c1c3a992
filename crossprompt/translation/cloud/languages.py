"""The languages of Cloud Translation's general NMT model.

Codes as in Google's list, cloud.google.com/translate/docs/languages, in its state of 2024, without English and without
second codes for the same language (``iw``, ``jw``, ``tl``, ``zh``). The list grows; it can also be asked of the service
itself (``getSupportedLanguages``), but only with credentials, and a plan must stand without a call.
"""

from __future__ import annotations

from typing import Final

_CODES = """
    af ak am ar as ay az be bg bho bm bn bs ca ceb ckb co cs cy da de doi dv ee el eo es et eu fa fi fil fr fr-CA fy ga
    gd gl gn gom gu ha haw he hi hmn hr ht hu hy id ig ilo is it ja jv ka kk km kn ko kri ku ky la lb lg ln lo lt lus lv
    mai mg mi mk ml mn mni-Mtei mr ms mt my ne nl no nso ny om or pa pl ps pt pt-PT qu ro ru rw sa sd si sk sl sm sn so
    sq sr st su sv sw ta te tg th ti tk tr ts tt ug uk ur uz vi xh yi yo yue zh-CN zh-TW zu
"""

GENERAL_NMT: Final[tuple[str, ...]] = tuple(_CODES.split())
