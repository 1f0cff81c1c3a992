"""Photographs the report and the three dashboards of the last run (``make screenshots``)."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mlflow.tracking import MlflowClient
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait
from zenml.client import Client

from infra.dashboards import served_dashboards
from infra.home import project_home
from infra.overview_server import served_overview
from infra.pages import mlflow_run_page, optuna_study_ids, optuna_study_page, zenml_run_page
from infra.settings import DashboardSettings
from infra.stores import Stores, decline_welcome_survey, find_stores
from infra.whereabouts import last_report
from tests.browser import resize, start_browser

SIZE = (1440, 1000)
STUDY_SIZE = (1440, 1500)
RUN_SIZE = (1440, 2060)
"""High enough for the 59 steps of the sample."""
TIMELINE = "button[aria-label='Timeline view']"
"""ZenML draws a graph first, of which a page shows a corner; this turns it into a list of steps with their times."""
PATIENCE_SECONDS = 60
SETTLING_SECONDS = 3.0
"""Charts are drawn with a movement; they stand still after this."""


class NothingToShowError(RuntimeError):
    """There is no run yet."""


def main() -> int:
    """Take all pictures into the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    profile = Path(tempfile.mkdtemp(prefix="crossprompt-browser-"))
    try:
        browser = start_browser(profile)
        try:
            photograph_all(browser, folder)
        finally:
            browser.quit()
    except NothingToShowError as error:
        print(f"screenshots: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(profile, ignore_errors=True)
    return 0


def photograph_all(browser: Chrome, folder: Path) -> None:
    """Serve the dashboards and their page, and take the report's and their pictures.

    Raises:
        NothingToShowError: There is no report or no run yet.
    """
    page = last_report()
    if page is None:
        raise NothingToShowError("no report yet: run `make run` first")
    home = project_home()
    stores = find_stores(home)
    decline_welcome_survey()
    photograph(browser, page.as_uri(), folder / "report.png", "")
    with served_dashboards(stores, DashboardSettings(), home) as dashboards:
        with served_overview(dashboards, home, DashboardSettings()) as address:
            photograph(browser, address, folder / "dashboards.png", "ready, ")
        for dashboard in dashboards:
            if dashboard.server is None:
                raise NothingToShowError(f"{dashboard.name} has nothing yet: run `make run` first")
            PAGES[dashboard.name](browser, dashboard.server.command.url, stores, folder)


def photograph(
    browser: Chrome, address: str, file: Path, awaited: str, size: tuple[int, int] = SIZE, button: str | None = None
) -> None:
    """Open a page, wait until it shows the awaited text, click the button, wait until all stands still; save a picture.

    Raises:
        NothingToShowError: The text or the button does not appear.
    """
    resize(browser, size)
    browser.get(address)
    wait = WebDriverWait(browser, PATIENCE_SECONDS)
    try:
        wait.until(lambda b: awaited in b.find_element(By.TAG_NAME, "body").text)
        if button is not None:
            wait.until(expected_conditions.element_to_be_clickable((By.CSS_SELECTOR, button))).click()
    except TimeoutException:
        raise NothingToShowError(f"{address} did not show {awaited!r} within {PATIENCE_SECONDS} s") from None
    close_assistant(browser)
    time.sleep(SETTLING_SECONDS)
    browser.save_screenshot(str(file))
    print(f"screenshots: {file}")


def close_assistant(browser: Chrome) -> None:
    """Close MLflow's chat panel, which covers a third of the page, where it is open."""
    for button in browser.find_elements(
        By.CSS_SELECTOR, "[data-component-id*='assistant'][data-component-id*='close']"
    ):
        button.click()


def _mlflow(browser: Chrome, server: str, stores: Stores, folder: Path) -> None:
    client = MlflowClient(stores.tracking)
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    runs = client.search_runs(experiments, order_by=["attributes.start_time DESC"], max_results=200)
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    if not parents:
        raise NothingToShowError("MLflow has no run yet: run `make run` first")
    info = parents[0].info
    photograph(browser, mlflow_run_page(server, info.experiment_id, info.run_id), folder / "mlflow.png", info.run_name)


def _optuna(browser: Chrome, server: str, stores: Stores, folder: Path) -> None:
    numbers = optuna_study_ids(server)
    if not numbers:
        raise NothingToShowError("Optuna has no study yet: run `make run` first")
    address = optuna_study_page(server, max(numbers.values()))
    photograph(browser, address, folder / "optuna.png", "Best Trial", STUDY_SIZE)


def _zenml(browser: Chrome, server: str, stores: Stores, folder: Path) -> None:
    runs = Client().list_pipeline_runs(sort_by="desc:created", size=1, hydrate=True).items
    if not runs:
        raise NothingToShowError("ZenML has no run yet: run `make run` first")
    address = zenml_run_page(server, stores.zenml_project, str(runs[0].id))
    photograph(browser, address, folder / "zenml.png", runs[0].name, RUN_SIZE, TIMELINE)


PAGES: dict[str, Callable[[Chrome, str, Stores, Path], None]] = {
    "MLflow": _mlflow,
    "Optuna": _optuna,
    "ZenML": _zenml,
}

if __name__ == "__main__":
    sys.exit(main())
