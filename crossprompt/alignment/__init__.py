"""Learning an aligned prompt from parallel text (masked LM + contrastive)."""
