"""A bundle as an artifact: known by what it says, and whole when it comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.writing import add_decision, write_bundle
from materializers.bundle import BundleMaterializer, MovedBundleMaterializer
from tests.crossprompt.bundles.made_up import DATA, make_bundle, make_prompt
from tests.crossprompt.bundles.test_bundle import part
from tests.materializers.remote_store import MemoryStore


def test_a_bundle_goes_to_a_store_elsewhere_and_comes_back(tmp_path: Path) -> None:
    bundle = add_decision(make_bundle(tmp_path / "bundle"), '{"promote": true}')
    store: Any = MemoryStore()
    materializer = BundleMaterializer(f"{store.path}/bundle", store)
    materializer.save(bundle)
    loaded: Bundle = materializer.load(Bundle)
    assert (loaded.index, loaded.read_decision()) == (bundle.index, '{"promote": true}')
    assert materializer.describe(bundle)["languages"] == "de-DE"


def test_a_bundle_that_was_made_for_the_store_leaves_nothing_behind(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "scratch")
    store: Any = MemoryStore()
    materializer = MovedBundleMaterializer(f"{store.path}/bundle", store)
    materializer.save(bundle)
    assert not bundle.folder.exists()
    assert materializer.load(Bundle).index == bundle.index
    assert materializer.content_hash(bundle) == bundle.fingerprint


def test_when_it_was_made_makes_no_other_artifact(tmp_path: Path) -> None:
    settings = {"data": DATA, "max_tokens": 64}
    dates = [datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2027)]
    made = [
        write_bundle(tmp_path / str(date.year), make_prompt(["de-DE"]), [part()], created=date, **settings)
        for date in dates
    ]
    assert len({BundleMaterializer("unused").content_hash(own) for own in made}) == 1
