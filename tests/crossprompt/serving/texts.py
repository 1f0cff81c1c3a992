"""Texts that are odd but valid, for whatever reads or shows what people write."""

from __future__ import annotations

import random
import unicodedata

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ODD = {
    "decomposed letters": unicodedata.normalize("NFD", "réveille-moi à sept heures, s'il te plaît"),
    "decomposed Hangul": unicodedata.normalize("NFD", "내일 일곱 시에 깨워 줘"),
    "joined emoji": f"call my family {FAMILY} at {FAMILY}{FAMILY} seven",
    "flags and skin": "\U0001f1f0\U0001f1ea wake me \U0001f44b\U0001f3fe\ufe0f at 7",
    "right to left": "اضبط المنبه على الساعة السابعة صباحا",
    "both directions": "play שיר חדש by المطرب now",
    "direction marks": "\u202ewake me\u202c at \u2067seven\u2069 \u200f",
    "marks without end": "w" + "\u0301\u0327" * 60 + "ake me at 7",
    "no blanks": "明日の朝七時に起こして",
    "Thai without blanks": "ปลุกฉันพรุ่งนี้เช้า",
    "joiners of Persian": "می\u200cخواهم ساعت هفت بیدار شوم",
    "zero-width blanks": "wake\u200bme\u200bat\ufeffseven",
    "controls": "wake\x00me\x07 at\x1b[31m seven\x7f",
    "only a joiner": "\u200d",
    "line ends": "wake me\r\nat seven\u2028or\u2029eight\v",
    "no characters": "\ufffe\uffff \U0010ffff wake",
    "private use": "\ue000\uf8ff\U000f0000 wake me",
    "mathematical": "\U0001d430\U0001d41a\U0001d424\U0001d41e me at \u2166",
    "ideographic blanks": "\u3000wake\u3000me\u00a0at\u2009seven\u3000",
    "markup": "<script>alert(1)</script> & [time : seven] {{ 7 * 7 }}",
}

_RANGES = (
    *((0x20, 0x7F), (0xA0, 0x2FF), (0x300, 0x36F), (0x370, 0x52F), (0x590, 0x6FF), (0x900, 0xDFF), (0xE00, 0x109F)),
    *((0x1100, 0x11FF), (0x1780, 0x17FF), (0x2000, 0x206F), (0x3040, 0x30FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3)),
    *((0x0, 0x1F), (0xE000, 0xF8FF), (0xFE00, 0xFEFF), (0x1F300, 0x1FAFF), (0xE0000, 0xE007F), (0x0, 0xD7FF)),
    (0xE000, 0x10FFFF),
)


def odd_text(draw: random.Random, longest: int = 120) -> str:
    """A text of any characters, most from one or two writing systems; never nothing but white space."""
    if draw.random() < 0.15:
        return draw.choice(list(ODD.values()))
    ranges = [draw.choice(_RANGES) for _ in range(draw.randint(1, 3))]
    pieces = []
    for _ in range(draw.randint(1, longest)):
        pieces.append(" " if draw.random() < 0.12 else chr(draw.randint(*draw.choice(ranges))))
    text = "".join(pieces)
    if draw.random() < 0.3:
        text = unicodedata.normalize(draw.choice(["NFC", "NFD", "NFKD"]), text)
    return text[:longest] if text[:longest].strip() else "a"
