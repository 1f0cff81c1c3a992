"""What can stop the factory; no message ever holds a key."""

from __future__ import annotations


class FactoryError(RuntimeError):
    """Base class: one sentence that says what is wrong, where, and what to do."""


class LedgerError(FactoryError):
    """The ledger is damaged, no ledger, of another version, or can't be written."""


class BudgetError(FactoryError):
    """The next call could cost more than the budget has left."""


class UnfinishedError(FactoryError):
    """The corpus can't be put together: calls are pending."""
