"""Templates: one with a soft prompt in each place, and one in words for each language (paper 003, equation 9)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crossprompt.translator.settings import Placement

PLACED: Mapping[Placement, str] = MappingProxyType(
    {
        "prefix": "{soft} {premise}. {hypothesis}? {mask}.",
        "midfix": "{premise}. {soft} {hypothesis}? {mask}.",
        "suffix": "{premise}. {hypothesis}? {soft} {mask}.",
        "endfix": "{premise}. {hypothesis}? {mask} {soft}.",
    }
)
"""By the place of the soft prompt."""

WORDED: Mapping[str, str] = MappingProxyType(
    {
        "ar": "{premise}. الادعاء: {hypothesis}. الحكم: {mask}.",
        "bg": "{premise}. Твърдение: {hypothesis}. Оценка: {mask}.",
        "de": "{premise}. Behauptung: {hypothesis}. Urteil: {mask}.",
        "el": "{premise}. Ισχυρισμός: {hypothesis}. Κρίση: {mask}.",
        "en": "{premise}. Claim: {hypothesis}. Verdict: {mask}.",
        "es": "{premise}. Afirmación: {hypothesis}. Veredicto: {mask}.",
        "fr": "{premise}. Affirmation : {hypothesis}. Verdict : {mask}.",
        "hi": "{premise}। दावा: {hypothesis}। निर्णय: {mask}।",
        "ru": "{premise}. Утверждение: {hypothesis}. Вывод: {mask}.",
        "sw": "{premise}. Dai: {hypothesis}. Uamuzi: {mask}.",
        "th": "{premise} ข้ออ้าง: {hypothesis} คำตัดสิน: {mask}",
        "tr": "{premise}. İddia: {hypothesis}. Hüküm: {mask}.",
        "ur": "{premise}۔ دعویٰ: {hypothesis}۔ فیصلہ: {mask}۔",
        "vi": "{premise}. Khẳng định: {hypothesis}. Kết luận: {mask}.",
        "zh": "{premise}。说法：{hypothesis}。判断：{mask}。",
    }
)
"""By language, for cross-lingual templates: "claim" and "verdict" in XNLI's 15 languages, in this project's wording."""
