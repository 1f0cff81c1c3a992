"""Switches that decide what goes over the network: telemetry, offline modes, proxies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from infra.doctor.findings import Finding, note, well, wrong
from infra.doctor.surroundings import Surroundings
from infra.launch import QUIET

OFFLINE: Final = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
LOOPBACK: Final = ("127.0.0.1", "localhost")
REDIRECTING: Final = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "HF_ENDPOINT")
"""Variables by which libraries go to other servers than the stack says."""
_TELEMETRY: Final = tuple(name for name in QUIET if not name.endswith(("PROGRESS_BAR", "INIT_WARNINGS")))
_YES: Final = frozenset({"1", "true", "yes", "on", "y"})


def check_network(surroundings: Surroundings) -> Iterator[Finding]:
    """All switches."""
    yield from telemetry(surroundings.environment, surroundings)
    yield from offline(surroundings.environment)
    yield from proxies(surroundings.environment)
    for name in REDIRECTING:
        if surroundings.environment.get(name):
            yield note(
                f"{name} is set: libraries go where it says, not where the stack does",
                f"unset {name} if it is not meant",
            )


def telemetry(environment: Mapping[str, str], surroundings: Surroundings) -> Iterator[Finding]:
    """Variables that let a library report home though the project turns that off."""
    turned_on = [name for name in _TELEMETRY if _truth(environment.get(name, QUIET[name])) != _truth(QUIET[name])]
    for name in turned_on:
        yield note(
            f"{name}={environment[name]}: this library reports home", f"unset {name}, and the project turns it off"
        )
    if not turned_on:
        yield well("telemetry of all libraries is off in what the project starts")
    if surroundings.zenml_configuration.get("analytics_opt_in") and "ZENML_ANALYTICS_OPT_IN" in turned_on:
        yield note("ZenML's configuration allows analytics", "run `zenml analytics opt-out`")


def offline(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Modes in which the Hugging Face libraries fetch nothing."""
    found = [name for name in OFFLINE if _truth(environment.get(name, ""))]
    if found:
        yield note(
            f"{', '.join(found)} is set: no model or data set is fetched from the hub",
            "that is right where backbones are folders or in the cache already; else unset it",
        )


def proxies(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Proxies, which must leave the loopback address alone: dashboards and local services are there."""
    names = ("http_proxy", "https_proxy", "all_proxy")
    used = [name for name in (*names, *map(str.upper, names)) if environment.get(name)]
    if not used:
        return
    excepted = {part.strip() for name in ("no_proxy", "NO_PROXY") for part in environment.get(name, "").split(",")}
    missing = [address for address in LOOPBACK if not excepted & {address, "*"}]
    if missing and any(name.lower() != "https_proxy" for name in used):
        yield wrong(
            f"{', '.join(used)} is set, and no_proxy doesn't name {' and '.join(missing)}: the dashboards and local "
            "services would be asked for through the proxy",
            f"set no_proxy={','.join(LOOPBACK)}",
        )
    else:
        yield well(f"a proxy is used ({', '.join(used)}), and the loopback address is excepted")


def _truth(value: str) -> bool:
    return value.strip().lower() in _YES
