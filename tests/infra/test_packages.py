from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping

import pytest
from datasets import Dataset
from zenml.utils import source_utils

from infra.packages import remember_packages


def test_installed_packages_are_listed_once_and_the_answer_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    listing = importlib.metadata.packages_distributions

    def counted() -> Mapping[str, list[str]]:
        calls.append(1)
        return listing()

    name = "_get_package_for_module"
    lookup = getattr(source_utils, name)
    monkeypatch.setattr(source_utils, name, getattr(lookup, "__wrapped__", lookup))
    monkeypatch.setattr(importlib.metadata, "packages_distributions", counted)
    expected = source_utils.resolve(Dataset)
    remember_packages()
    remember_packages()
    assert [source_utils.resolve(Dataset) for _ in range(3)] == [expected] * 3
    assert len(calls) == 2
