"""The Great Expectations suite for translations, the gate built on it, and its pages."""
