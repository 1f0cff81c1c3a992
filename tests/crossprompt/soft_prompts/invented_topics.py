"""Invented sentences with topics in three languages, on tiny random decoders: for tests that train."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from datasets import Dataset

from crossprompt.backbones.decoder import Decoder
from crossprompt.cloze.label_words import LabelWords, find_label_words
from crossprompt.corpora.sib200 import SENTENCE_FEATURES
from crossprompt.soft_prompts.settings import MeasuringSettings
from crossprompt.soft_prompts.topics import TopicTask, topic_rows
from crossprompt.tasks.shots import IntentData, prepare_intent_data

TOPICS = {
    "music": ("play", "some", "jazz", "song", "radio"),
    "sky": ("weather", "rain", "sun", "cold", "snow"),
    "clock": ("alarm", "wake", "nine", "time", "morning"),
}
VERBALIZER = {"music": "play", "sky": "day", "clock": "time"}
LANGUAGES = {
    "eng_Latn": ("en", str),
    "deu_Latn": ("de", lambda word: word[::-1]),
    "fin_Latn": ("fi", lambda w: w + "a"),
}
SIZES = {"train": 18, "dev": 9, "test": 12}

SETTINGS = MeasuringSettings(
    seeds=(0, 1), epochs=3, batch_size=4, learning_rate=5e-2, tuned_learning_rate=1e-2, verbalizer=VERBALIZER
)


def sentences() -> Dataset:
    """Parallel rows of ``SENTENCE_FEATURES``."""
    generator = np.random.default_rng(0)
    rows = []
    for split, size in SIZES.items():
        for number in range(size):
            topic = sorted(TOPICS)[number % len(TOPICS)]
            words = generator.choice(TOPICS[topic], generator.integers(2, 7))
            for code, (locale, translate) in LANGUAGES.items():
                text = " ".join(translate(str(word)) for word in words)
                rows.append({"code": code, "locale": locale, "split": split, "id": f"{split}-{number}"})
                rows[-1] |= {"topic": topic, "text": text}
    return Dataset.from_list(rows, features=SENTENCE_FEATURES)


@lru_cache(maxsize=1)
def topics() -> Dataset:
    """The same as rows of ``UTTERANCE_FEATURES``."""
    return topic_rows(sentences())


@lru_cache(maxsize=1)
def data() -> IntentData:
    """English train and dev."""
    return prepare_intent_data(topics(), None, "en")


def words(decoder: Decoder) -> LabelWords:
    """The verbalizer's tokens."""
    return find_label_words(VERBALIZER, data().labels, decoder.tokenizer)


def task(decoder: Decoder, length: int = 3, loss: str = "vocabulary") -> TopicTask:
    """The task with prompts of ``length``."""
    return TopicTask(data(), decoder, words(decoder), length, loss)


def write_sib200(folder: Path) -> Path:
    """The sentences in SIB-200's layout below ``folder``."""
    for code in LANGUAGES:
        for split in SIZES:
            own = [row for row in sentences() if (row["code"], row["split"]) == (code, split)]
            lines = ["index_id\tcategory\ttext", *(f"{row['id']}\t{row['topic']}\t{row['text']}" for row in own)]
            file = folder / "sib-200" / "data" / "annotated" / code / f"{split}.tsv"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
