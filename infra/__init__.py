"""Where and how things run: stacks, stores, cache keys, dashboards. Nothing in here changes a result."""
