"""The tests of the dashboards look at pages."""

from tests.browser import browser, browser_session

__all__ = ["browser", "browser_session"]
