"""How the tokenizers of both families open a text, and how a word behind a blank is one token in either."""

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, XGLMTokenizer

from crossprompt.backbones.decoder_tokenizer import DecoderTokenizer
from crossprompt.cloze.label_words import LabelWordError, find_label_words


def xglm_tokenizer(max_tokens=16) -> DecoderTokenizer:
    """XGLM's own class over a few pieces."""
    special = [(token, 0.0) for token in ("<s>", "<pad>", "</s>", "<unk>")]
    pieces = [("▁", -2.0), ("▁health", -3.0), ("▁rain", -3.0), ("▁sci", -3.0), ("ence", -3.0), ("s", -4.0)]
    return DecoderTokenizer(XGLMTokenizer(vocab=[*special, *pieces]), max_tokens)


def bloom_tokenizer(max_tokens=16) -> DecoderTokenizer:
    """Byte-level pairs without a prefix blank, nothing before a text and nothing behind it, as BLOOM has them."""
    words = ["Ġhealth", "health", "Ġrain", "rain", "Ġsci", "sci", "ence"]
    letters = sorted({letter for word in words for letter in word})
    vocabulary, merges = dict.fromkeys(("<unk>", "<s>", "</s>", "<pad>", *letters)), []
    for word in words:
        for end in range(1, len(word)):
            merges.append((word[:end], word[end]))
            vocabulary.setdefault(word[: end + 1])
    numbered = {token: place for place, token in enumerate(vocabulary)}
    raw = Tokenizer(models.BPE(numbered, list(dict.fromkeys(merges))))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    named = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    return DecoderTokenizer(PreTrainedTokenizerFast(tokenizer_object=raw, **named), max_tokens)


@pytest.mark.parametrize(("make", "opening"), [(xglm_tokenizer, ("</s>",)), (bloom_tokenizer, ())])
def test_a_text_opens_as_the_family_has_it_and_is_cut_at_its_end(make, opening):
    tokenizer = make(max_tokens=4)
    assert tuple(tokenizer.spelled(tokenizer.opening)) == opening
    (ids,) = tokenizer.encode([" rain health rain health rain"])
    assert len(ids) == 4
    assert tuple(ids[: len(opening)]) == tokenizer.opening
    assert tokenizer.spelled(ids[len(opening) :])[0].endswith("rain")
    batch = tokenizer.batch([" rain", " rain health"], 1)
    assert batch.attention_mask.sum(dim=1).tolist() == [1 + len(opening), 2 + len(opening)]
    assert batch.input_ids[0, -1] == tokenizer.pad_id


@pytest.mark.parametrize(("make", "mark"), [(xglm_tokenizer, "▁"), (bloom_tokenizer, "Ġ")])
def test_a_label_s_word_is_the_token_behind_a_blank(make, mark):
    tokenizer = make()
    words = {"body": "health", "sky": "rain", "mind": "science"}
    found = find_label_words(words, ("body", "sky"), tokenizer)
    assert tokenizer.spelled(found.ids) == [f"{mark}health", f"{mark}rain"]
    with pytest.raises(LabelWordError, match=rf"'science' for label 'mind' is 2 tokens \({mark}sci ence\)"):
        find_label_words(words, ("mind",), tokenizer)
