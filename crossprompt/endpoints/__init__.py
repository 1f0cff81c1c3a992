"""OpenAI-compatible endpoints: one attempt at a time, and what came of it."""
