"""The `crossprompt` command: a thin layer over pipelines, steps and infra."""
