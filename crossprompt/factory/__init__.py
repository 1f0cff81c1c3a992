"""The corpus factory: dialogues through a chain of engines into any language, at a known price, never paid twice."""
