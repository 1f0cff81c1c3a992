"""How far a language is from another by descent: the nodes of the family tree that they share."""

from __future__ import annotations

from enum import IntEnum

from crossprompt.locales.languages import describe_locale


class Kinship(IntEnum):
    """How two languages are related; the larger, the more distant."""

    SAME_LANGUAGE = 0
    SAME_BRANCH = 1
    """Such as German and English, both Germanic."""
    SAME_FAMILY = 2
    """Such as Hindi and English, both Indo-European."""
    OTHER_FAMILY = 3

    @property
    def words(self) -> str:
        """Such as ``same branch``."""
        return self.name.replace("_", " ").lower()


def kinship(tag: str, other: str = "en") -> Kinship:
    """How the language of ``tag`` is related to that of ``other``.

    Families are Glottolog's, branches well-known nodes below them (:mod:`crossprompt.locales.families`). It is the
    coarsest distance there is: two isolates are as far from English as two large families, and nothing is said of
    words, sounds or script.

    Raises:
        LocaleError: A tag names no language.
    """
    first, second = describe_locale(tag), describe_locale(other)
    if first.language == second.language:
        return Kinship.SAME_LANGUAGE
    if first.family != second.family or "Unknown" in (first.family, second.family):
        return Kinship.OTHER_FAMILY
    return Kinship.SAME_BRANCH if first.branch == second.branch else Kinship.SAME_FAMILY
