"""Deep soft prompts: parameters, injection into attention, files."""
