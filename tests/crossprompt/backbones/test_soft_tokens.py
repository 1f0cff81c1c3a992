"""Soft tokens stand among a row's tokens as embeddings of their own; one token of each row is read."""

from __future__ import annotations

import pytest
import torch

from crossprompt.backbones.readout import Readout, readout_places
from crossprompt.backbones.soft_tokens import embed_with_soft_tokens
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny

VOCABULARY = 24086


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    return load_tiny(save_tiny(tmp_path_factory.mktemp("tiny")))


def rows(backbone):
    mask = backbone.tokenizer.mask_id
    soft = VOCABULARY
    return backbone.tokenizer.pad([[0, 9, soft, soft + 1, mask, 2], [0, soft + 1, mask, 7, 2]], 1)


def by_hand(backbone, batch, tables):
    """The whole model on embeddings put together one by one, all layers for all tokens."""
    words = backbone.model.get_input_embeddings().weight
    hidden = []
    for ids, attention, table in zip(batch.input_ids, batch.attention_mask, tables, strict=True):
        embedded = torch.stack([table[i - VOCABULARY] if i >= VOCABULARY else words[i] for i in ids.tolist()])
        out = backbone.model.base_model(inputs_embeds=embedded[None], attention_mask=attention[None])
        hidden.append(out.last_hidden_state[0])
    return torch.stack(hidden)


@pytest.mark.parametrize("reads", [Readout.FIRST, Readout.MASK, Readout.LAST])
def test_a_row_is_read_as_the_whole_model_would(backbone, reads):
    batch, table = rows(backbone), torch.randn(2, 16, generator=torch.Generator().manual_seed(1))
    places = readout_places(reads, batch.input_ids, batch.attention_mask, backbone.tokenizer.mask_id)
    expected = by_hand(backbone, batch, [table, table])[torch.arange(2), places]
    found = backbone.encode_soft(batch.input_ids, batch.attention_mask, table, reads=reads)
    assert found.shape == (2, 1, 16)
    torch.testing.assert_close(found[:, 0], expected, atol=1e-5, rtol=1e-5)


def test_each_row_reads_the_table_of_its_trial_and_gives_it_its_gradient(backbone):
    batch = rows(backbone)
    tables = torch.randn(3, 2, 16, generator=torch.Generator().manual_seed(2)).requires_grad_()
    owners = torch.tensor([2, 0])
    found = backbone.encode_soft(batch.input_ids, batch.attention_mask, tables, reads=Readout.MASK, owners=owners)
    alone = [
        backbone.encode_soft(batch.input_ids[i : i + 1], batch.attention_mask[i : i + 1], tables[o], reads=Readout.MASK)
        for i, o in enumerate(owners)
    ]
    torch.testing.assert_close(found, torch.cat(alone), atol=1e-5, rtol=1e-5)
    found.sum().backward()
    assert tables.grad is not None
    assert tables.grad[1].abs().sum() == 0
    assert (tables.grad[2].abs().sum(dim=1) > 0).all()
    assert tables.grad[0, 0].abs().sum() == 0 < tables.grad[0, 1].abs().sum()


def test_places_of_each_way_to_read():
    ids = torch.tensor([[0, 4, 9, 4, 2, 1], [0, 5, 6, 2, 1, 1]])
    attention = torch.tensor([[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 0, 0]])
    assert readout_places(Readout.MASK, ids, attention, 4).tolist() == [3, 0]
    assert readout_places(Readout.LAST, ids, attention, 4).tolist() == [4, 3]
    assert readout_places(Readout.FIRST, ids, attention, 4).tolist() == [0, 0]
    with pytest.raises(ValueError, match="no one place"):
        readout_places(Readout.EVERY, ids, attention, 4)


def test_wrong_tables_are_refused():
    embeddings = torch.nn.Embedding(10, 4)
    ids = torch.tensor([[3, 12]])
    with pytest.raises(ValueError, match="soft token 2 is not in the table, which has 2"):
        embed_with_soft_tokens(embeddings, 10, ids, torch.zeros(2, 4))
    with pytest.raises(ValueError, match="give both, or neither"):
        embed_with_soft_tokens(embeddings, 10, ids, torch.zeros(1, 3, 4))


def test_rows_without_soft_tokens_need_no_table():
    embeddings = torch.nn.Embedding(10, 4)
    ids = torch.tensor([[3, 7]])
    assert torch.equal(embed_with_soft_tokens(embeddings, 10, ids, torch.zeros(0, 4)), embeddings(ids))


def test_a_trainable_copy_leaves_the_backbone_as_it_is(backbone):
    copy = backbone.trainable_copy(0.2)
    assert all(parameter.requires_grad for parameter in copy.parameters())
    assert not any(parameter.requires_grad for parameter in backbone.model.parameters())
    assert {module.p for module in copy.modules() if isinstance(module, torch.nn.Dropout)} == {0.2}
    batch, hidden = rows(backbone), torch.randn(3, 16)
    table = torch.zeros(2, 16)
    own = backbone.encode_soft(batch.input_ids, batch.attention_mask, table, reads=Readout.MASK)
    same = backbone.encode_soft(batch.input_ids, batch.attention_mask, table, reads=Readout.MASK, model=copy.eval())
    torch.testing.assert_close(own, same, atol=1e-5, rtol=1e-5)
    assert torch.equal(backbone.vocabulary_logits(hidden), backbone.vocabulary_logits(hidden, copy))
    assert copy.get_output_embeddings().weight is copy.get_input_embeddings().weight
