"""Downstream tasks learned on English only."""
