"""What can be said about a translation without knowing both languages."""
