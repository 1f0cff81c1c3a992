"""Translation of whole dialogues by engines, one engine a file."""
