"""The table of refused translations."""

from __future__ import annotations

from datasets import Features, Sequence, Value

from crossprompt.translation.rows import TRANSLATION_FEATURES

REFUSED_FEATURES = Features({**TRANSLATION_FEATURES, "reasons": Sequence(Value("string"))})
"""A translation row and the names of the critical checks it failed (``crossprompt.quality.checks``), or
``locale_left_out`` for a good row of a language that was left out. The row of a missing turn has a null target."""
