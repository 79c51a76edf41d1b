"""What an SDK's exception says, short enough for a log line and a person. Judges nothing."""


def first_line(fault: BaseException) -> str:
    """The first line of its text; its class where it has none.

    SDKs append dumps of answers to theirs.
    """
    return (str(fault).splitlines() or [type(fault).__name__])[0]
