"""The prompt encoder and the translators, held against the paper's formulas."""

from __future__ import annotations

import pytest
import torch

from crossprompt.translator.prompt import TranslatedPrompt, make_translator, prompt_maker
from crossprompt.translator.settings import ContenderSettings, PromptEncoderSettings, TranslatorSettings

WIDTH = 8


def maker(**changes):
    return prompt_maker(ContenderSettings.parse({"length": 3, **changes}, "method"), WIDTH)


def drawn(seed: int = 0, **changes):
    return maker(**changes)(torch.Generator().manual_seed(seed))


def test_two_linear_layers_are_equation_4():
    translator = make_translator(WIDTH, TranslatorSettings())
    up, _, down = translator
    assert up.weight.shape == (2 * WIDTH, WIDTH)
    assert down.weight.shape == (WIDTH, 2 * WIDTH)
    prompt = torch.randn(3, WIDTH)
    by_hand = torch.relu(prompt @ up.weight.T + up.bias) @ down.weight.T + down.bias
    torch.testing.assert_close(translator(prompt), by_hand)


@pytest.mark.parametrize("kind", ["linear", "lstm", "transformer"])
@pytest.mark.parametrize("layers", [1, 2])
def test_every_translator_keeps_the_shape_and_learns(kind, layers):
    prompt = drawn(translator={"kind": kind, "layers": layers})
    table = prompt()
    assert table.shape == (6, WIDTH) == (prompt.tokens, WIDTH)
    table[3:].square().sum().backward()
    assert all(parameter.grad is not None for parameter in prompt.target.parameters())
    assert prompt.source.vectors.grad.abs().sum() > 0


def trained(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_layers_count():
    sizes = {
        (kind, layers): sum(
            p.numel() for p in make_translator(WIDTH, TranslatorSettings(kind=kind, layers=layers)).parameters()
        )
        for kind in ("lstm", "transformer")
        for layers in (1, 2)
    }
    assert sizes["transformer", 2] == 2 * sizes["transformer", 1]
    assert sizes["lstm", 2] == 2 * sizes["lstm", 1]


def test_the_encoder_is_a_bidirectional_lstm_and_an_mlp():
    source = drawn().source
    states, _ = source.lstm(source.vectors)
    first, _, second = source.mlp
    by_hand = torch.relu(states @ first.weight.T + first.bias) @ second.weight.T + second.bias
    torch.testing.assert_close(source(), by_hand)
    assert source.lstm.bidirectional
    assert states.shape == (3, WIDTH)


def test_without_an_encoder_the_vectors_are_the_prompt():
    prompt = drawn(prompt_encoder={"kind": "none", "init_std": 0.5}, method="soft-prompt")
    assert prompt.tokens == 3
    assert torch.equal(prompt(), prompt.source.vectors)
    assert [name for name, _ in prompt.named_parameters()] == ["source.vectors"]


def test_own_and_shared_prompts():
    own, shared = drawn(translator={"kind": "own"}), drawn(translator={"kind": "shared"})
    assert own.tokens == 6
    own()[3:].sum().backward()
    assert own.source.vectors.grad is None or not own.source.vectors.grad.any()
    assert shared.tokens == 3


def test_templates_have_no_soft_tokens():
    prompt = drawn(method="templates")
    assert prompt.tokens == 0
    assert prompt().shape == (0, WIDTH)


def test_a_seed_draws_the_same_prompt_whatever_else_is_drawn():
    first = drawn(seed=5)()
    torch.manual_seed(123)
    before = torch.get_rng_state()
    second = drawn(seed=5)()
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, second)
    assert not torch.equal(first, drawn(seed=6)())


def test_wrong_translators():
    with pytest.raises(ValueError, match="3 heads don't divide a width of 8"):
        make_translator(WIDTH, TranslatorSettings(kind="transformer", heads=3))
    with pytest.raises(ValueError, match="'own' is no translator"):
        make_translator(WIDTH, TranslatorSettings(kind="own"))


def test_the_state_is_a_copy():
    prompt = TranslatedPrompt(2, WIDTH, PromptEncoderSettings(), TranslatorSettings())
    state = prompt.state()
    with torch.no_grad():
        prompt.source.vectors.add_(1)
    assert not torch.equal(state["source.vectors"], prompt.source.vectors)
