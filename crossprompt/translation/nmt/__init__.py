"""Multilingual translation models (NLLB-200, M2M-100, MADLAD-400) on this machine."""
