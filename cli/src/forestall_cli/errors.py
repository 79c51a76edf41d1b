"""How a command ends other than well. Each error has the text for standard error."""


class ApiError(Exception):
    """The app cannot be reached, refuses, or answers something else: exit code 1.

    The text says what to look at.
    """


class OutcomeUnknown(ApiError):
    """A command was sent, and its response is lost: the app may have carried it out."""


class UsageError(Exception):
    """The arguments or settings make no command: exit code 2. The text says what would."""
