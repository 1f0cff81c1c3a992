import pytest
import torch
from safetensors.torch import save_file

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.prompts.file import AlignedPrompt, PromptFileError, PromptHeader, load_prompt, save_prompt
from crossprompt.prompts.settings import PromptSettings

SHAPE = PromptShape(layers=2, heads=2, length=3, head_dim=4)
IDENTITY = BackboneIdentity(name="some", revision=None, fingerprint="a" * 64)


def make_prompt(shape=SHAPE):
    header = PromptHeader(
        backbone=IDENTITY,
        shape=shape,
        dtype="float32",
        languages=("de-DE", "sw-KE"),
        corpus_fingerprint="b" * 64,
        steps=7,
        seed=1,
        settings={"epochs": 1},
        created_by="test",
    )
    return AlignedPrompt(torch.randn(SHAPE.sizes, generator=torch.Generator().manual_seed(0)), header)


def fresh(**settings):
    return DeepPrompt.fresh(SHAPE, PromptSettings(length=3, **settings), torch.Generator().manual_seed(3))


def test_a_fresh_prompt_follows_its_generator_and_spread():
    wide, narrow = fresh(init_std=2.0), fresh(init_std=0.5)
    assert torch.equal(wide.values, fresh(init_std=2.0).values)
    torch.testing.assert_close(wide.values, narrow.values * 4)
    assert tuple(wide.values.shape) == SHAPE.sizes


def test_dropout_acts_in_training_only_and_keeps_the_mean():
    prompt = DeepPrompt(torch.ones(40, 2, 4, 16, 8), dropout=0.25)
    dropped = prompt(torch.Generator().manual_seed(0))
    assert abs(float((dropped == 0).float().mean()) - 0.25) < 0.02
    assert abs(float(dropped.mean()) - 1) < 0.02
    assert torch.equal(dropped, prompt(torch.Generator().manual_seed(0)))
    with pytest.raises(ValueError, match="generator"):
        prompt()
    assert torch.equal(prompt.eval()(), prompt.values)


def test_a_prompt_file_gives_back_what_was_saved_and_equal_prompts_equal_bytes(tmp_path):
    save_prompt(make_prompt(), tmp_path / "one")
    save_prompt(make_prompt(), tmp_path / "two")
    read = load_prompt(tmp_path / "one")
    assert torch.equal(read.values, make_prompt().values)
    assert read.header == make_prompt().header
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_prompt_of_another_backbone_or_shape_is_refused():
    prompt = make_prompt()
    prompt.check_fits(IDENTITY, SHAPE)
    with pytest.raises(PromptFileError, match="means nothing to another model"):
        prompt.check_fits(IDENTITY.model_copy(update={"fingerprint": "c" * 64}), SHAPE)
    with pytest.raises(PromptFileError, match="takes"):
        prompt.check_fits(IDENTITY, SHAPE.model_copy(update={"layers": 3}))


def test_files_that_are_no_prompts_are_refused_in_one_sentence(tmp_path):
    with pytest.raises(PromptFileError, match="can't be read"):
        load_prompt(tmp_path / "missing")
    (tmp_path / "torn").write_bytes(b"\x10")
    with pytest.raises(PromptFileError, match="can't be read"):
        load_prompt(tmp_path / "torn")
    save_file({"prompt": torch.zeros(1)}, tmp_path / "plain")
    with pytest.raises(PromptFileError, match="has no 'crossprompt' header"):
        load_prompt(tmp_path / "plain")
    save_file({"prompt": torch.zeros(1)}, tmp_path / "strange", metadata={"crossprompt": "{}"})
    with pytest.raises(PromptFileError, match="header can't be understood"):
        load_prompt(tmp_path / "strange")
    save_prompt(make_prompt(SHAPE.model_copy(update={"heads": 4})), tmp_path / "unequal")
    with pytest.raises(PromptFileError, match="was expected"):
        load_prompt(tmp_path / "unequal")
