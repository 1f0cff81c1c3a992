"""SPT: soft prompts at the end of the text, on decoder models."""
