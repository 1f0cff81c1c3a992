"""Python runs this when it starts with this folder on ``PYTHONPATH``: so a literal command has its commits numbered.

``CROSSPROMPT_NUMBERED`` may name more databases than the study's, by the names of their files, with blanks between.

``tests/unsynced`` has to be there, too.
"""

import os

from page_cache import trust_the_page_cache

trust_the_page_cache()

if {"CROSSPROMPT_FAULT", "CROSSPROMPT_WRITE_LOG"} & set(os.environ):
    from study_commits import number_study_commits

    number_study_commits(*os.environ.get("CROSSPROMPT_NUMBERED", "").split())
