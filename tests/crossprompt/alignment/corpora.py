"""Small tables of invented dialogues and utterances for the alignment tests."""

from datasets import Dataset

from crossprompt.corpora.dialogue import DIALOGUE_FEATURES, Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.translation.rows import TRANSLATION_FEATURES

WORDS = ["boat", "lamp", "river", "bread", "window", "paper", "garden", "music", "winter", "coffee", "silver", "street"]


def english(dialogue, turn):
    return " ".join(WORDS[(dialogue * 5 + turn * 3 + place) % len(WORDS)] for place in range(2 + turn % 3))


def make_dialogues(count=6, turns=5, split="train"):
    return dialogues_to_dataset(
        Dialogue(
            split, f"1_{number:05d}", (), tuple(Turn(Speaker.USER, english(number, turn)) for turn in range(turns))
        )
        for number in range(count)
    )


def make_translations(count=4, turns=5, locales=("de-DE", "sw-KE"), split="train", missing=()):
    rows = [
        {
            "split": split,
            "dialogue_id": f"1_{number:05d}",
            "turn": turn,
            "locale": locale,
            "speaker": "USER",
            "source": english(number, turn),
            "target": f"{locale[:2]} {english(number, turn)[::-1]}",
            "slots": [],
            "engine": "test",
            "nature": "translated",
        }
        for number in range(count)
        for locale in locales
        for turn in range(turns)
        if (number, turn) not in missing
    ]
    return Dataset.from_list(rows, features=TRANSLATION_FEATURES)


def make_utterances(ids=4, locales=("en-US", "de-DE", "fr-FR"), partitions=("train", "test")):
    rows = [
        {
            "id": str(number),
            "locale": locale,
            "partition": partitions[number % len(partitions)],
            "scenario": "s",
            "intent": "i",
            "utt": f"{locale} {WORDS[number % len(WORDS)]} {number}",
            "annot_utt": "",
        }
        for locale in locales
        for number in range(ids)
    ]
    return Dataset.from_list(rows, features=UTTERANCE_FEATURES)


def no_dialogues():
    return Dataset.from_dict({name: [] for name in DIALOGUE_FEATURES}, features=DIALOGUE_FEATURES)


def no_translations():
    return Dataset.from_dict({name: [] for name in TRANSLATION_FEATURES}, features=TRANSLATION_FEATURES)
