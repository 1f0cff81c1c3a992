"""The packaged sample, which is right text: the gate must let it pass."""

from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.quality.confusion import measure_swap, read_sample
from crossprompt.quality.settings import ValidationSettings
from crossprompt.translation.engine import load_engine
from crossprompt.translation.settings import EngineSettings, TranslationSettings
from crossprompt.translation.translate import translate_dialogues
from expectations.gate import validate_translations

HARD = ("am-ET", "da-DK", "fa-IR", "fr-FR", "hi-IN", "ja-JP", "lv-LV", "ms-MY", "nb-NO", "sw-KE", "th-TH", "zh-TW")
"""Other scripts, clocks, separators and digits, and languages with close relatives."""


def test_right_translations_pass_the_gate() -> None:
    dialogues = ingest_dialogues(DialogueSettings(), progress=False).dialogues
    engine, settings = load_engine(EngineSettings()), TranslationSettings()
    tables = [translate_dialogues(dialogues, locale, engine, settings, progress=False) for locale in HARD]
    result = validate_translations(dialogues, tables, ValidationSettings())
    rows = sum(verdict.rows for verdict in result.summary.locales)
    assert rows == len(HARD) * 234 == len(result.accepted) + len(result.quarantine)
    assert len(result.quarantine) / rows < 0.02
    assert min(verdict.accepted / verdict.rows for verdict in result.summary.locales) > 0.9


def test_swapped_languages_are_caught() -> None:
    corpus = read_sample()
    caught = {
        pair: measure_swap(*pair, corpus).whole for pair in [("da-DK", "nb-NO"), ("zh-CN", "zh-TW"), ("fa-IR", "ur-PK")]
    }
    assert all(share > 0.9 for share in caught.values()), caught
