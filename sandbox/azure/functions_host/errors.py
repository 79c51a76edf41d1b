"""What can keep the host from starting, each with one message that says what to do.

No run-time failures here.

StartError
|- IndexingError       the runtime refused the app        exit code 1
`- ConfigurationError  host.json, a setting or the port   exit code 2
"""


class StartError(Exception):
    """The host cannot start; the text is for the person who started it."""

    exit_code = 2


class IndexingError(StartError):
    """The runtime could not index the app.

    Every function of the app is gone, as it would be in Azure.
    """

    exit_code = 1

    def __init__(self, message: str, stack_trace: str = "") -> None:
        super().__init__(message)
        self.stack_trace = stack_trace


class ConfigurationError(StartError):
    """host.json, local.settings.json, an app setting or the port is wrong.

    Holds every problem found.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
