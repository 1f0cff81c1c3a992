"""The champion behind HTTP: an engine that batches concurrent requests, an API, metrics and a demo page."""
