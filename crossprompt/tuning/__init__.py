"""Choosing a learning rate: an exact, resumable grid study."""
