"""Utterances that the demo page offers to try, in scripts that are written in different ways."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance, its locale, and what its language calls itself."""

    locale: str
    language: str
    text: str


EXAMPLES = (
    Example("en-US", "English", "set an alarm for a quarter past six tomorrow morning"),
    Example("sw-KE", "Kiswahili", "niamshe kesho asubuhi saa kumi na mbili na robo"),
    Example("ar-SA", "العربية", "أيقظني غدا صباحا في الساعة السادسة والربع"),
    Example("he-IL", "עברית", "תעיר אותי מחר בבוקר בשעה שש ורבע"),
    Example("hi-IN", "हिन्दी", "मुझे कल सुबह सवा छह बजे जगाना"),
    Example("ja-JP", "日本語", "明日の朝六時十五分にアラームをかけて"),
    Example("th-TH", "ไทย", "ปลุกฉันพรุ่งนี้เช้าตอนหกโมงสิบห้านาที"),
    Example("de-DE", "Deutsch", "stell den Wecker morgen früh auf Viertel nach sechs"),
)
