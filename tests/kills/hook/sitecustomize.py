"""Python runs this when it starts with this folder on ``PYTHONPATH``: so a literal command has its commits numbered."""

import os

if {"CROSSPROMPT_FAULT", "CROSSPROMPT_WRITE_LOG"} & set(os.environ):
    from study_commits import number_study_commits

    number_study_commits()
