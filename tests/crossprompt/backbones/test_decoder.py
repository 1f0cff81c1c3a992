"""Decoders against hand-made references: scaled embeddings, positions, padding, and texts that are read once."""

import math

import pytest
import torch
from torch.nn import functional
from transformers import AutoModelForCausalLM

from crossprompt.backbones.decoder import Decoder
from crossprompt.backbones.loading import BackboneError
from crossprompt.backbones.readout import Readout
from crossprompt.backbones.text_states import TextMemory
from tests.crossprompt.backbones.tiny import save_tiny
from tests.crossprompt.backbones.tiny_decoders import (
    FAMILIES,
    VOCABULARY,
    load_tiny_decoder,
    save_tiny_decoder,
    save_tokenizer,
)

TEXTS = ["turn the lamp on", "what is the weather like in the mountains tomorrow", "play some jazz"]
SOFT = 3


@pytest.fixture(scope="module", params=FAMILIES)
def decoder(request, tmp_path_factory) -> Decoder:
    return load_tiny_decoder(save_tiny_decoder(tmp_path_factory.mktemp(request.param), request.param))


def draw_table(*trials, length=SOFT):
    return torch.randn(*trials, length, 16, generator=torch.Generator().manual_seed(1)) * 0.3


def rows_with_soft_tokens(decoder, texts=TEXTS, length=SOFT, multiple_of=1):
    soft = [VOCABULARY + place for place in range(length)]
    return decoder.tokenizer.pad([[*ids, *soft] for ids in decoder.tokenizer.encode(texts)], multiple_of)


def encode(decoder, batch, table, **arguments):
    return decoder.encode_soft(batch.input_ids, batch.attention_mask, table, reads=Readout.LAST, **arguments)


def reference_xglm(model, embedded):
    """XGLM written out by hand for one row of input embeddings ``[tokens, width]``: its last token's hidden state."""
    weights, config = dict(model.model.named_parameters()), model.config
    tokens, width = embedded.shape
    half = width // 2
    rates = torch.exp(torch.arange(half).float() * -(math.log(10000) / (half - 1)))
    angles = (torch.arange(tokens) + 2).float()[:, None] * rates[None]
    hidden = embedded + torch.cat([angles.sin(), angles.cos()], dim=1)
    heads = config.attention_heads

    def linear(values, name):
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(values, name):
        return functional.layer_norm(values, (width,), weights[f"{name}.weight"], weights[f"{name}.bias"])

    for layer in range(config.num_layers):
        name = f"layers.{layer}"
        inner = norm(hidden, f"{name}.self_attn_layer_norm")
        query, key, value = (
            linear(inner, f"{name}.self_attn.{part}_proj").view(tokens, heads, -1).transpose(0, 1) for part in "qkv"
        )
        context = attend(query, key, value, torch.zeros(heads, 1, tokens))
        hidden = hidden + linear(context, f"{name}.self_attn.out_proj")
        inner = norm(hidden, f"{name}.final_layer_norm")
        hidden = hidden + linear(functional.gelu(linear(inner, f"{name}.fc1")), f"{name}.fc2")
    return norm(hidden, "layer_norm")[-1]


def reference_bloom(model, embedded):
    """BLOOM written out by hand for one row of input embeddings: its last token's hidden state."""
    weights, config = dict(model.transformer.named_parameters()), model.config
    tokens, width = embedded.shape
    heads = config.n_head
    slopes = torch.tensor([2 ** (-8 * (head + 1) / heads) for head in range(heads)])

    def linear(values, name):
        return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(values, name):
        return functional.layer_norm(values, (width,), weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5)

    hidden = norm(embedded, "word_embeddings_layernorm")
    for layer in range(config.n_layer):
        name = f"h.{layer}"
        fused = linear(norm(hidden, f"{name}.input_layernorm"), f"{name}.self_attention.query_key_value")
        query, key, value = fused.view(tokens, heads, 3, -1).permute(2, 1, 0, 3)
        context = attend(query, key, value, slopes[:, None, None] * torch.arange(tokens))
        hidden = hidden + linear(context, f"{name}.self_attention.dense")
        inner = linear(norm(hidden, f"{name}.post_attention_layernorm"), f"{name}.mlp.dense_h_to_4h")
        hidden = hidden + linear(functional.gelu(inner, approximate="tanh"), f"{name}.mlp.dense_4h_to_h")
    return norm(hidden, "ln_f")[-1]


def attend(query, key, value, bias):
    """Causal attention of ``[heads, tokens, size]``: ``[tokens, width]``."""
    tokens = query.shape[1]
    scores = query @ key.transpose(1, 2) / math.sqrt(query.shape[-1]) + bias
    future = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
    context = scores.masked_fill(future, -math.inf).softmax(-1) @ value
    return context.transpose(0, 1).reshape(tokens, -1)


def reference(decoder, text, table):
    """The state at the last soft token, by hand: XGLM's embeddings, soft ones included, are scaled by 4 = sqrt(16)."""
    model = decoder.model
    xglm = model.config.model_type == "xglm"
    words = model.get_input_embeddings().weight[decoder.tokenizer.encode([text])[0]]
    embedded = torch.cat([words, table]) * (4.0 if xglm else 1.0)
    return (reference_xglm if xglm else reference_bloom)(model, embedded)


def test_the_state_at_the_last_soft_token_equals_a_hand_made_reference(decoder):
    table = draw_table()
    found = encode(decoder, rows_with_soft_tokens(decoder), table)
    assert found.shape == (3, 1, 16)
    for row, text in enumerate(TEXTS):
        torch.testing.assert_close(found[row, 0], reference(decoder, text, table), atol=1e-5, rtol=1e-4)


def test_one_forward_over_text_and_soft_tokens_gives_the_same(decoder):
    batch, table = rows_with_soft_tokens(decoder), draw_table()
    plain = decoder._encode_whole(batch.input_ids, batch.attention_mask, table, None, None, False)
    torch.testing.assert_close(encode(decoder, batch, table), plain, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("side", ["right", "left"])
def test_padding_on_either_side_changes_nothing(decoder, side):
    table = draw_table()
    for text in TEXTS:
        tight = rows_with_soft_tokens(decoder, [text])
        room = 32 - tight.input_ids.shape[1]
        amounts = (0, room) if side == "right" else (room, 0)
        ids = functional.pad(tight.input_ids, amounts, value=decoder.tokenizer.pad_id)
        mask = functional.pad(tight.attention_mask, amounts)
        padded = decoder.encode_soft(ids, mask, table, reads=Readout.LAST)
        torch.testing.assert_close(padded, encode(decoder, tight, table), atol=1e-5, rtol=1e-4)


def test_next_words_are_those_of_the_plain_model(decoder):
    """With the embeddings of real words as soft tokens, transformers gives the same logits from ids alone."""
    table = decoder.model.get_input_embeddings().weight[[100, 200, 300]].detach()
    batch = rows_with_soft_tokens(decoder)
    logits = decoder.vocabulary_logits(encode(decoder, batch, table)[:, 0])
    for row, ids in enumerate(decoder.tokenizer.encode(TEXTS)):
        plain = decoder.model(input_ids=torch.tensor([[*ids, 100, 200, 300]])).logits[0, -1]
        torch.testing.assert_close(logits[row], plain, atol=1e-5, rtol=1e-4)


def test_rows_carry_the_soft_tokens_of_their_trials_also_of_other_lengths(decoder):
    tables = draw_table(2)
    ids = decoder.tokenizer.encode(TEXTS)
    counts = [3, 1, 2]
    soft = [[VOCABULARY + place for place in range(count)] for count in counts]
    batch = decoder.tokenizer.pad([[*own, *more] for own, more in zip(ids, soft, strict=True)], 1)
    together = encode(decoder, batch, tables, owners=torch.tensor([1, 0, 1]))
    for row, (trial, count) in enumerate(zip([1, 0, 1], counts, strict=True)):
        alone = encode(decoder, rows_with_soft_tokens(decoder, [TEXTS[row]], count), tables[trial])
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-5, rtol=1e-4)


def test_the_gradient_is_that_of_the_whole_forward_and_reaches_the_prompt_alone(decoder):
    batch = rows_with_soft_tokens(decoder)
    gradients = []
    for whole in (False, True):
        table = draw_table().requires_grad_()
        arguments = (batch.input_ids, batch.attention_mask, table)
        if whole:
            hidden = decoder._encode_whole(*arguments, None, None, True)
        else:
            hidden = decoder.encode_soft(*arguments, reads=Readout.LAST, training=True)
        decoder.vocabulary_logits(hidden[:, 0]).logsumexp(-1).sum().backward()
        gradients.append(table.grad)
    assert gradients[0].abs().sum() > 0
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-3)
    assert not any(p.requires_grad or p.grad is not None for p in decoder.model.parameters())


def test_a_text_is_read_once(decoder, monkeypatch):
    batch, read = rows_with_soft_tokens(decoder, [*TEXTS, TEXTS[0]]), []
    real = decoder._read

    def counting(texts):
        read.extend(texts)
        return real(texts)

    monkeypatch.setattr(decoder, "_memory", TextMemory(counting, 10**9))
    first = encode(decoder, batch, draw_table())
    assert len(read) == 3
    assert torch.equal(first[0], first[3])
    again = encode(decoder, batch, 2 * draw_table())
    assert len(read) == 3
    assert not torch.allclose(first, again)


def test_what_a_look_has_read_an_update_may_go_on_from(tmp_path):
    decoder = load_tiny_decoder(save_tiny_decoder(tmp_path, "xglm"))
    batch, table = rows_with_soft_tokens(decoder), draw_table().requires_grad_()
    with torch.inference_mode():
        encode(decoder, batch, table)
    encode(decoder, batch, table, training=True).sum().backward()
    assert table.grad is not None


def test_the_memory_of_texts_is_bounded_and_forgets_the_oldest():
    read = []

    def states(texts):
        read.extend(texts)
        return torch.ones(1, 2, len(texts), 1, max(map(len, texts)), 4)

    memory = TextMemory(states, 200)  # a token takes 32 bytes
    memory.states([(1, 2), (3, 4)])
    memory.states([(1, 2)])
    memory.states([(5, 6, 7)])
    assert read == [(1, 2), (3, 4), (5, 6, 7)]
    memory.states([(1, 2)])
    assert len(read) == 3
    memory.states([(3, 4)])
    assert read[3:] == [(3, 4)]
    together = memory.states([(8,), (1, 2, 3)])
    assert together.lengths.tolist() == [1, 3]
    assert together.visible.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_a_trainable_copy_learns_and_the_decoder_stays(decoder):
    before = [parameter.clone() for parameter in decoder.model.parameters()]
    batch, table = rows_with_soft_tokens(decoder), draw_table().requires_grad_()
    copy = decoder.trainable_copy(0.5)
    hidden = encode(decoder, batch, table, model=copy.train())
    assert not torch.equal(hidden, encode(decoder, batch, table, model=copy))
    still = encode(decoder, batch, table, model=copy.eval())
    torch.testing.assert_close(still, encode(decoder, batch, table), atol=1e-5, rtol=1e-4)
    decoder.vocabulary_logits(still[:, 0], copy).logsumexp(-1).sum().backward()
    missing = [name for name, parameter in copy.named_parameters() if parameter.grad is None]
    assert missing == []
    assert table.grad is not None
    assert all(torch.equal(old, new) for old, new in zip(before, decoder.model.parameters(), strict=True))


def test_bfloat16_is_close_and_a_copy_of_it_is_not_rounded(tmp_path):
    folder = save_tiny_decoder(tmp_path, "xglm")
    exact, coarse = load_tiny_decoder(folder), load_tiny_decoder(folder, dtype="bfloat16")
    batch, table = rows_with_soft_tokens(exact), draw_table()
    found = encode(coarse, batch, table)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), encode(exact, batch, table), atol=0.15, rtol=0.1)
    copied = coarse.trainable_copy(0.0).state_dict()
    assert all(torch.equal(tensor, copied[name]) for name, tensor in exact.model.state_dict().items())


def test_sizes_and_what_opens_a_text(tmp_path):
    xglm, bloom = (load_tiny_decoder(save_tiny_decoder(tmp_path / family, family)) for family in FAMILIES)
    assert xglm.sizes == (16, 32, 2, 2)
    assert bloom.sizes == (16, 64, 2, 2)
    assert (xglm.embedding_scale, bloom.embedding_scale) == (4.0, 1.0)
    assert (xglm.tokenizer.opening, bloom.tokenizer.opening) == ((2,), ())
    assert load_tiny_decoder(tmp_path / "xglm", max_tokens=8).tokenizer.encode(["lamp " * 30])[0][:2] == [
        2,
        *xglm.tokenizer.pieces(["lamp"])[0][:1],
    ]
    assert len(load_tiny_decoder(tmp_path / "xglm", max_tokens=8).tokenizer.encode(["lamp " * 30])[0]) == 8


def test_a_row_without_soft_tokens_is_read_at_its_last_word(decoder):
    ids = decoder.tokenizer.encode(TEXTS)
    batch = decoder.tokenizer.pad(ids, 1)
    found = encode(decoder, batch, torch.zeros(0, 16))
    for row, own in enumerate(ids):
        plain = decoder.model.base_model(input_ids=torch.tensor([own])).last_hidden_state[0, -1]
        torch.testing.assert_close(found[row, 0], plain, atol=1e-5, rtol=1e-4)


def test_what_does_not_fit_is_refused(decoder, tmp_path):
    batch = rows_with_soft_tokens(decoder)
    with pytest.raises(ValueError, match="read at the last token"):
        decoder.encode_soft(batch.input_ids, batch.attention_mask, draw_table(), reads=Readout.FIRST)
    with pytest.raises(ValueError, match="soft token 2 is not in the table"):
        encode(decoder, batch, draw_table(length=2))
    long = rows_with_soft_tokens(decoder, length=60)
    with pytest.raises(ValueError, match="longer than the 64 positions"):
        encode(decoder, long, draw_table(length=60))
    with pytest.raises(BackboneError, match="no causal language model"):
        load_tiny_decoder(save_tiny(tmp_path / "encoder"))
    folder = save_tiny_decoder(tmp_path / "closing", "xglm")
    (folder / "tokenizer.json").write_bytes((tmp_path / "encoder" / "tokenizer.json").read_bytes())
    with pytest.raises(BackboneError, match="puts special tokens behind a text"):
        load_tiny_decoder(folder)


def test_another_family_is_refused(tmp_path):
    from transformers import OPTConfig, OPTForCausalLM

    sizes = {"hidden_size": 16, "word_embed_proj_dim": 16, "ffn_dim": 16, "num_hidden_layers": 1}
    OPTForCausalLM(OPTConfig(vocab_size=VOCABULARY, num_attention_heads=2, **sizes)).save_pretrained(tmp_path)
    save_tokenizer(tmp_path, None)
    with pytest.raises(BackboneError, match="the known decoders are XGLM and BLOOM"):
        load_tiny_decoder(tmp_path)


def test_pickled_weights_serve_where_there_are_no_others(tmp_path):
    folder = save_tiny_decoder(tmp_path, "bloom")
    expected = load_tiny_decoder(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    assert load_tiny_decoder(folder).identity.fingerprint == expected.identity.fingerprint
    (folder / "model.safetensors").unlink()
    found = load_tiny_decoder(folder)
    assert found.identity.fingerprint != expected.identity.fingerprint
    batch, table = rows_with_soft_tokens(found), draw_table()
    assert torch.equal(encode(found, batch, table), encode(expected, batch, table))
