"""Readers of corpora: where text comes from, its types, its checks and its quarantine."""
