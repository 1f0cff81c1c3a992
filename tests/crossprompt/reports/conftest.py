from __future__ import annotations

from tests.browser import browser, browser_session

__all__ = ["browser", "browser_session"]
