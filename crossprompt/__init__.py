"""CrossPrompt's domain package: aligned soft prompts on frozen multilingual backbones.

Nothing in here knows ZenML, MLflow or Great Expectations; every room is usable and tested alone.
"""
