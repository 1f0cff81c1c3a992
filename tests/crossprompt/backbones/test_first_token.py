"""The shortened last layer against the whole one."""

import pytest
import torch
from transformers import AutoModel, BertConfig, XLMRobertaXLConfig

from crossprompt.backbones.first_token import first_token_only
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny

SIZES = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 20,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("owners", [None, [1, 0]])
def test_first_token_and_gradient_are_those_of_the_whole_layer(folder, dtype, owners):
    backbone = load_tiny(folder, dtype=dtype)
    batch = backbone.tokenizer.batch(["turn the lamp on", "what is the weather like in the mountains tomorrow"])
    generator = torch.Generator().manual_seed(1)
    prompt = torch.randn(*([] if owners is None else [2]), 2, 2, 2, 3, 8, generator=generator, requires_grad=True)
    places = None if owners is None else torch.tensor(owners)
    found = []
    for first_only in (False, True):
        hidden = backbone.encode(
            batch.input_ids, batch.attention_mask, prompt, owners=places, training=True, first_only=first_only
        )
        (gradient,) = torch.autograd.grad(hidden[:, 0].float().square().sum(), prompt)
        found.append((hidden, gradient))
    (whole, whole_gradient), (first, first_gradient) = found
    assert tuple(first.shape) == (2, 1, 16)
    tolerance = {"atol": 1e-5, "rtol": 1e-5} if dtype == "float32" else {"atol": 0.1, "rtol": 0.1}
    torch.testing.assert_close(first, whole[:, :1], **tolerance)
    torch.testing.assert_close(first_gradient, whole_gradient, **tolerance)


@pytest.mark.parametrize("config", [BertConfig, XLMRobertaXLConfig])
def test_other_encoders_of_the_family(config):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = AutoModel.from_config(config(**SIZES)).eval()
    ids = torch.tensor([[2, 11, 12, 13], [2, 21, 22, 23]])
    expected = encoder(ids).last_hidden_state
    with first_token_only(encoder):
        first = encoder(ids).last_hidden_state
    torch.testing.assert_close(first, expected[:, :1], atol=1e-5, rtol=1e-5)
    assert torch.equal(encoder(ids).last_hidden_state, expected)


def test_after_an_error_the_encoder_is_whole_again(folder):
    backbone = load_tiny(folder)
    batch = backbone.tokenizer.batch(["turn the lamp on"])
    with pytest.raises(IndexError):
        backbone.encode(batch.input_ids + 10**6, batch.attention_mask, first_only=True)
    assert backbone.encode(batch.input_ids, batch.attention_mask).shape[1] == batch.input_ids.shape[1]


def test_off_changes_nothing(folder):
    encoder = load_tiny(folder).model.base_model
    ids = torch.tensor([[0, 11, 12, 2]])
    with first_token_only(encoder, on=False):
        assert encoder(ids).last_hidden_state.shape[1] == 4


def test_what_goes_on_is_contiguous(folder):
    """Of a strided batch `linear` copies its weights for every row, which costs more than the whole layer."""
    encoder = load_tiny(folder).model.base_model
    seen = []
    module = encoder.encoder.layer[-1].attention.output
    with first_token_only(encoder):
        handle = module.register_forward_pre_hook(lambda _, states: seen.extend(states))
        encoder(torch.tensor([[0, 11, 12, 2], [0, 21, 22, 2]]))
        handle.remove()
    assert [tuple(state.shape) for state in seen] == [(2, 1, 16), (2, 1, 16)]
    assert all(state.is_contiguous() for state in seen)
