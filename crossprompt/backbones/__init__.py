"""Frozen multilingual encoders: loading by pinned revision, tokenizing, encoding."""
