"""The champion, as the candidate's teacher: whoever it was when the run was laid out."""

from __future__ import annotations

from typing import Annotated

from zenml import step

from crossprompt.bundles.bundle import Bundle, open_bundle
from infra.registry_place import connect
from infra.registry_versions import get_version, version_folder
from materializers.bundle import BundleMaterializer


@step(enable_cache=False, output_materializers={"champion": BundleMaterializer})
def load_champion(version: str) -> Annotated[Bundle, "champion"]:
    """Open a version of the registered model, every file checked.

    Args:
        version: Of the registered model: whoever was champion when the run was laid out.

    Raises:
        RegistryError: There is no such version, or its files are lost.
        BundleError: Its files were altered.
    """
    return open_bundle(version_folder(get_version(connect(), version)))
