"""The steps, one a file: each takes artifacts, calls the domain package, logs, and returns artifacts."""
