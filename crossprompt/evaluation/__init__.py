"""Predictions in every locale, and what they prove."""
