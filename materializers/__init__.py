"""How artifacts are kept in the artifact store: open formats, a manifest with checksums, nothing pickled."""
