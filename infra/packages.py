"""Which package a third-party class comes from, asked once and not once a step.

ZenML notes the package of every artifact's class, and to find it reads the file lists of all installed packages, a
quarter of a second or more each time: more than half of what a step for one more language costs. What is installed
does not change while a run is under way.
"""

from __future__ import annotations

import functools

from zenml.utils import source_utils


def remember_packages() -> None:
    """From now on this process looks up the package of a module once. ZenML 0.98 has no setting for it."""
    name = "_get_package_for_module"
    lookup = getattr(source_utils, name)
    if not hasattr(lookup, "cache_info"):
        setattr(source_utils, name, functools.cache(lookup))
