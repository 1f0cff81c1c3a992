"""The pipelines: what happens in which order, and nothing else."""
