"""The error of a command that a user can put right."""


class CommandError(Exception):
    """A command can't do what was asked; the message says why and what to do."""
