from __future__ import annotations

import pytest

from crossprompt.backbones.encoder import Backbone
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    """A random encoder of width 16 with the packaged backbone's tokenizer."""
    return load_tiny(save_tiny(tmp_path_factory.mktemp("tiny-encoder")), max_tokens=64)
