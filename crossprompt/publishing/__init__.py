"""The corpus as others get it: Parquet files by language, checksums, a card, and the way to a hub."""
