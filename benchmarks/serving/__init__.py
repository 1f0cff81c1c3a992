"""Serving: requests per second and latencies of concurrent clients, against MLflow's own server of the same model."""
