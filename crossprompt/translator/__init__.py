"""MPT: soft prompts translated from English to other languages, beside its baselines."""
