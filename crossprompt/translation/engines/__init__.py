"""The translation engines; adding one means adding one file here."""
