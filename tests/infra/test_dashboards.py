"""The dashboards show what the stores hold: the numbers are read off the screen and compared."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mlflow
import optuna
import psutil
import pytest
from mlflow.tracking import MlflowClient
from optuna.storages import RDBStorage
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from zenml.client import Client

from crossprompt.tuning.records import TuningResult
from infra.addresses import sqlite_file
from infra.dashboards import Dashboard, planned_dashboards, served_dashboards
from infra.pages import mlflow_run_page, optuna_study_ids, optuna_study_page, zenml_run_page
from infra.servers import free_port
from infra.settings import STUDY_FILES, DashboardSettings
from infra.stores import Stores, decline_welcome_survey, find_stores
from infra.study_notes import annotate_studies, artifact_names
from tests.browser import complaints
from tests.infra.stand_in import stand_in
from tests.infra.test_study_notes import CONFIGURATION, RATES, study

GRID = {0.1: 41.25, 0.05: 57.5, 0.02: 50.125}
METRICS = {"accuracy/mean": 43.21, "accuracy/sw-KE": 33.37, "accuracy/zh-TW": 61.08}
STUDY = "aligned-0123"
PATIENCE_SECONDS = 90


class Shown(NamedTuple):
    """Served dashboards and what lies under them."""

    servers: dict[str, str]
    stores: Stores
    experiment_id: str
    run_id: str
    pipeline_run: str
    both: str
    """The name of the study of both prompts."""


def make_study(address: str) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=address, study_name=STUDY, direction="maximize")
    for rate in GRID:
        study.enqueue_trial({"learning_rate": rate})

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_categorical("learning_rate", list(GRID))
        trial.report(GRID[rate] / 2, 0)
        trial.report(GRID[rate], 1)
        return GRID[rate]

    study.optimize(objective, n_trials=len(GRID))


def make_annotated_studies(address: str, home: Path) -> str:
    """The studies of a run that has published its report."""
    storage = RDBStorage(address)
    tuning = TuningResult(studies=tuple(study(storage, method) for method in RATES), storage=address)
    report = home / "report.html"
    report.write_text("<title>The report</title>", encoding="utf-8")
    return annotate_studies(storage, tuning, CONFIGURATION, report, home / STUDY_FILES)


def make_mlflow_run(address: str) -> tuple[str, str]:
    client = MlflowClient(address)
    experiment = client.create_experiment("dashboards", artifact_location=str(Path(sqlite_file(address)).parent / "a"))
    run = client.create_run(experiment, run_name="on the screen")
    client.log_batch(run.info.run_id, [mlflow.entities.Metric(name, value, 0, 0) for name, value in METRICS.items()])
    client.set_terminated(run.info.run_id)
    return experiment, run.info.run_id


@pytest.fixture(scope="module")
def shown(zenml_stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("dashboards")
    stores = find_stores(home)
    stores = Stores(f"sqlite:///{home}/mlflow.db", stores.study, *(getattr(stores, n) for n in ZENML_FIELDS))
    make_study(stores.study)
    both = make_annotated_studies(stores.study, home)
    experiment_id, run_id = make_mlflow_run(stores.tracking)
    stand_in(word="dashboards")
    pipeline_run = Client().list_pipeline_runs(sort_by="desc:created", size=1).items[0]
    decline_welcome_survey()
    with served_dashboards(stores, DashboardSettings(), home) as dashboards:
        servers = {d.name: d.server.command.url for d in dashboards}
        yield Shown(servers, stores, experiment_id, run_id, str(pipeline_run.id), both)


ZENML_FIELDS = ("zenml", "zenml_local_stores", "zenml_project")


def read_page(browser: Chrome, address: str, *awaited: str) -> str:
    """The page's text once it holds all that is awaited."""
    browser.get("about:blank")
    browser.get(address)

    def complete(driver: Chrome) -> str | bool:
        text = driver.find_element(By.TAG_NAME, "body").text
        return text if all(words in text for words in awaited) else False

    patience = WebDriverWait(browser, PATIENCE_SECONDS, poll_frequency=0.1, ignored_exceptions=())
    return patience.until(complete, f"{awaited} on {address}")


def picture(browser: Chrome, folder: Path, name: str) -> None:
    file = folder / f"{name}.png"
    assert browser.save_screenshot(str(file))
    assert file.read_bytes().startswith(b"\x89PNG")


def test_mlflow_shows_the_metrics_of_the_tracking_store(shown: Shown, browser: Chrome, tmp_path: Path) -> None:
    logged = MlflowClient(shown.stores.tracking).get_run(shown.run_id).data.metrics
    address = mlflow_run_page(shown.servers["MLflow"], shown.experiment_id, shown.run_id)
    text = read_page(browser, address, "on the screen", f"Metrics ({len(METRICS)})")
    read = {name: float(re.search(rf"^{re.escape(name)}\n([\d.]+)$", text, re.MULTILINE)[1]) for name in logged}
    assert read == logged == METRICS
    picture(browser, tmp_path, "mlflow")


def test_optuna_shows_the_best_trial_of_the_study(shown: Shown, browser: Chrome, tmp_path: Path) -> None:
    study = optuna.load_study(storage=shown.stores.study, study_name=STUDY)
    number = optuna_study_ids(shown.servers["Optuna"])[STUDY]
    text = read_page(browser, optuna_study_page(shown.servers["Optuna"], number), "Best Trial (number=", "Params = ")
    best = re.search(r"Best Trial \(number=(\d+)\)\n([\d.]+)\nParams = \[learning_rate: ([\d.]+)\]", text)
    assert best is not None
    assert (int(best[1]), float(best[2])) == (study.best_trial.number, study.best_value) == (1, 57.5)
    assert float(best[3]) == study.best_params["learning_rate"]
    assert complaints(browser) == []
    picture(browser, tmp_path, "optuna")


def test_optuna_shows_every_trial_with_its_value_and_curve(shown: Shown, browser: Chrome) -> None:
    study = optuna.load_study(storage=shown.stores.study, study_name=STUDY)
    number = optuna_study_ids(shown.servers["Optuna"])[STUDY]
    page = optuna_study_page(shown.servers["Optuna"], number, "/trials")
    for trial in study.trials:
        text = read_page(browser, f"{page}?numbers={trial.number}", f"Trial {trial.number} (trial_id=", "Value\n")
        value = re.search(r"^Value\n([\d.]+)$", text, re.MULTILINE)[1]
        steps = re.findall(r"^([01]) ([\d.]+)$", text, re.MULTILINE)
        assert float(value) == trial.value == GRID[trial.params["learning_rate"]]
        assert {int(step): float(v) for step, v in steps} == trial.intermediate_values


def test_optuna_shows_the_note_the_report_and_an_importance(shown: Shown, browser: Chrome) -> None:
    numbers = optuna_study_ids(shown.servers["Optuna"])
    own, both = numbers["aligned-4567"], numbers[shown.both]
    page = f"{shown.servers['Optuna']}/dashboard/studies/{own}/note"
    text = read_page(browser, page, "Learning rates of the aligned prompt", "shots: 5")
    assert "Best: 0.01, with 57.5 %." in text
    text = read_page(browser, optuna_study_page(shown.servers["Optuna"], own), "Study Artifacts", "report.html")
    assert "Intermediate values" in text
    storage = RDBStorage(shown.stores.study)
    for artifact in artifact_names(storage, own):
        browser.get(f"{shown.servers['Optuna']}/artifacts/{own}/{artifact}")
        assert browser.title == "The report"
    page = optuna_study_page(shown.servers["Optuna"], both)
    assert "prompt" in read_page(browser, page, "Hyperparameter Importance", "learning_rate")
    assert complaints(browser) == []


def test_zenml_lists_the_run_and_shows_its_steps_without_a_login(shown: Shown, browser: Chrome, tmp_path: Path) -> None:
    run = Client().get_pipeline_run(shown.pipeline_run)
    listing = f"{shown.servers['ZenML']}/projects/{shown.stores.zenml_project}/runs"
    assert run.name.split("-", 1)[-1][:8] in read_page(browser, listing, "stand_in")
    page = zenml_run_page(shown.servers["ZenML"], shown.stores.zenml_project, shown.pipeline_run)
    text = read_page(browser, page, *run.steps)
    assert {"make", "use"} <= set(text.split())
    picture(browser, tmp_path, "zenml")


def test_the_servers_listen_on_the_loopback_address_only(shown: Shown) -> None:
    assert {re.sub(r":\d+$", "", url) for url in shown.servers.values()} == {"http://127.0.0.1"}
    for url, path in zip(shown.servers.values(), ("/health", "/api/studies", "/health"), strict=True):
        with urllib.request.urlopen(url + path, timeout=10) as response:
            assert response.status == 200


def test_no_address_stands_on_a_command_line(shown: Shown) -> None:
    """There everybody on the machine could read the password in it."""
    lines = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert any("study_dashboard" in line for line in lines)
    assert any("mlflow" in line for line in lines)
    assert not [line for line in lines if shown.stores.study in line or str(shown.stores.tracking) in line]


def test_the_client_stays_connected_to_its_own_store(shown: Shown) -> None:
    assert find_stores(Path("anywhere")).zenml == shown.stores.zenml
    assert shown.stores.zenml.startswith("sqlite:")


def stores_at(folder: Path, tracking: str | None) -> Stores:
    return Stores(tracking, f"sqlite:///{folder}/none.db", f"sqlite:///{folder}/zenml.db", str(folder), "default")


def test_a_store_that_is_not_there_yet_is_listed_and_not_served(tmp_path: Path) -> None:
    plans = planned_dashboards(stores_at(tmp_path, None), DashboardSettings(), tmp_path)
    assert [command for _, command in plans] == [None, None, None]
    assert {dashboard.health() for dashboard, _ in plans} == {"nothing yet"}
    assert not (tmp_path / "none.db").exists()


def test_stores_that_a_server_serves_already_are_named_and_not_served_again(tmp_path: Path) -> None:
    stores = Stores("https://mlflow.example", f"sqlite:///{tmp_path}/none.db", "https://zenml.example", "", "default")
    plans = planned_dashboards(stores, DashboardSettings(), tmp_path)
    found = {dashboard.name: (dashboard.url, dashboard.health()) for dashboard, _ in plans}
    assert found["MLflow"] == ("https://mlflow.example", "no answer")
    assert found["ZenML"] == ("https://zenml.example", "no answer")


def test_a_password_in_the_studys_address_is_not_shown(tmp_path: Path) -> None:
    stores = Stores(None, "postgresql://me:secret@db.example/optuna", f"sqlite:///{tmp_path}/zenml.db", "", "default")
    shown_stores = [dashboard.store for dashboard, _ in planned_dashboards(stores, DashboardSettings(), tmp_path)]
    assert "postgresql://db.example/optuna" in shown_stores
    assert "secret" not in " ".join(shown_stores)


def test_a_dashboard_without_a_server_says_so() -> None:
    assert Dashboard("MLflow", "store", None).health() == "nothing yet"


def test_sqlite_addresses_are_told_from_others() -> None:
    assert sqlite_file("sqlite:////home/me/a.db") == Path("/home/me/a.db")
    assert sqlite_file("sqlite+pysqlite:///a.db") == Path("a.db")
    assert sqlite_file("postgresql://host/a") is None


def test_a_free_port_is_the_preferred_one_unless_it_is_taken() -> None:
    import socket

    preferred = free_port("127.0.0.1", 1)  # the system's choice where port 1 is not allowed or taken
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert free_port("127.0.0.1", taken.getsockname()[1]) != taken.getsockname()[1]
    assert preferred > 0
