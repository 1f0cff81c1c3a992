"""Promotion: whether a candidate may take the champion's place, and the journal of who was champion when."""
