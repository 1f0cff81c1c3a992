from __future__ import annotations

import logging

import pytest

from infra.launch import TRACKER_LOGGER, set_environment


def test_the_one_useless_warning_of_the_tracker_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    set_environment()
    set_environment()
    logger = logging.getLogger(TRACKER_LOGGER)
    assert len(logger.filters) == 1
    with caplog.at_level(logging.WARNING, TRACKER_LOGGER):
        logger.warning("Failed to disable MLflow autologging for the following frameworks: ['fastai'].")
        logger.warning("Run with id 1 is in 'deleted' state.")
    assert [record.getMessage() for record in caplog.records] == ["Run with id 1 is in 'deleted' state."]
