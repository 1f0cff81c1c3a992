"""Topics at the next word: rows, losses and answers against numbers made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from crossprompt.backbones.decoder import Decoder
from crossprompt.backbones.readout import Readout
from crossprompt.soft_prompts.topics import ELSEWHERE, WHOLE, topic_of, topic_rows
from crossprompt.tasks.shots import TaskDataError
from tests.crossprompt.backbones.tiny_decoders import FAMILIES, VOCABULARY, load_tiny_decoder, save_tiny_decoder
from tests.crossprompt.sample_task import sample_utterances
from tests.crossprompt.soft_prompts import invented_topics as invented


@pytest.fixture(scope="module", params=FAMILIES)
def decoder(request, tmp_path_factory) -> Decoder:
    return load_tiny_decoder(save_tiny_decoder(tmp_path_factory.mktemp(request.param), request.param), max_tokens=32)


def logits_of(decoder, texts, table):
    """Next-word logits by transformers alone, text by text."""
    scale = decoder.embedding_scale
    found = []
    for ids in decoder.tokenizer.encode(texts):
        embedded = decoder.model.get_input_embeddings()(torch.tensor([ids]))
        whole = torch.cat([embedded, table[None] * scale], dim=1)
        found.append(decoder.model(inputs_embeds=whole, use_cache=False).logits[0, -1])
    return torch.stack(found)


def encode_with(decoder, table):
    return lambda ids, mask: decoder.encode_soft(ids, mask, table, reads=Readout.LAST)


@torch.no_grad()
def test_loss_and_answers_are_those_of_the_plain_model(decoder):
    task = invented.task(decoder)
    table = 0.3 * torch.randn(3, 16, generator=torch.Generator().manual_seed(2))
    encode, head = encode_with(decoder, table), task.fresh_head(0.0, torch.Generator())
    rows = task.rows([0, 4, 8], np.random.default_rng(0))
    assert all(row[-3:] == [VOCABULARY, VOCABULARY + 1, VOCABULARY + 2] for row in rows.sequences)
    batch = decoder.tokenizer.pad(rows.sequences, 1)
    loss = task.training_loss(head, encode(batch.input_ids, batch.attention_mask), rows, None)
    plain = logits_of(decoder, [task.data.train.texts[i] for i in (0, 4, 8)], table)
    targets = torch.tensor([invented.words(decoder).ids[label] for (label,) in rows.targets])
    assert float(loss) == pytest.approx(float(functional.cross_entropy(plain, targets)), abs=1e-4)

    among = invented.task(decoder, loss="labels")
    ids = list(invented.words(decoder).ids)
    labels = torch.tensor([label for (label,) in rows.targets])
    hidden = encode(batch.input_ids, batch.attention_mask)
    expected = float(functional.cross_entropy(plain[:, ids], labels))
    assert float(among.training_loss(head, hidden, rows, None)) == pytest.approx(expected, abs=1e-4)

    (test,) = task.tests(invented.topics().with_format("arrow")[:], ["de"], 5)
    (answers,) = task.answer(encode, head, [test])
    plain = logits_of(decoder, test.content.texts, table)
    best = plain[:, ids].argmax(dim=1).tolist()
    assert [topic_of(answer) for answer in answers.answers] == [task.labels[place] for place in best]
    assert list(answers.numerators) == (np.array(best) == test.content.gold).astype(int).tolist()
    on_top = [int(plain[row].argmax()) == ids[place] for row, place in enumerate(best)]
    assert [not answer.endswith(ELSEWHERE) for answer in answers.answers] == on_top


def test_over_the_whole_vocabulary_an_answer_counts_only_where_no_word_comes_first(decoder):
    task = invented.task(decoder)
    first, second, third = invented.words(decoder).ids
    logits = torch.zeros(3, VOCABULARY)
    logits[0, first], logits[1, second], logits[1, 7], logits[2, third] = 1.0, 1.0, 2.0, 3.0
    chosen = task.choose(logits)
    assert chosen.tolist() == [[0, 1], [1, 0], [2, 1]]
    (test,) = task.tests(invented.topics().with_format("arrow")[:], ["en"], 3)
    answers = task.judge(test, chosen.numpy())
    assert answers.answers[1] == task.labels[1] + ELSEWHERE
    (whole,) = task.derived([test], [answers])[WHOLE]
    assert whole.numerators == tuple(right * mark for right, mark in zip(answers.numerators, (1, 0, 1), strict=True))
    assert set(task.derived((), ())) == {WHOLE}


def test_a_task_is_another_with_other_words_lengths_or_losses(decoder):
    prints = {invented.task(decoder, *which).fingerprint for which in ((3,), (4,), (3, "labels"))}
    assert len(prints) == 3
    assert invented.task(decoder).labels == ("clock", "music", "sky")


def test_texts_and_prompts_must_fit_the_decoder_s_positions(decoder):
    invented.task(decoder, length=32)
    with pytest.raises(TaskDataError, match=r"32 tokens and 33 soft ones are more than the 64 positions .* to 31"):
        invented.task(decoder, length=33)


def test_sentences_and_utterances_become_rows_with_topics():
    rows = topic_rows(invented.sentences())
    assert set(rows["locale"]) == {"en", "de", "fi"}
    assert rows[0]["intent"] == invented.sentences()[0]["topic"]
    assert rows[0]["partition"] == "train"
    sample = topic_rows(sample_utterances())
    assert sample["intent"] == sample_utterances()["scenario"]
    assert sample["utt"] == sample_utterances()["utt"]
