"""Cloze questions: templates, label words, and what a language model's own head says at one place."""
