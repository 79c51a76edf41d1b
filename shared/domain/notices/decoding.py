"""The border at which a stranger's input is decoded.

Whatever fails there makes the input unreadable, and nothing else.
"""

from collections.abc import Callable
from functools import wraps

from shared.domain.notices.notice import UnreadableNotice


class DecoderFailed(UnreadableNotice):
    """A decoder raised what it should not.

    Its input is unreadable all the same; the fuzz tests look for this one.
    """


def decodes[**P, R](what: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a function raise UnreadableNotice where it raises anything else. `what` names its input.

    For functions that make values of a stranger's input and do nothing besides, so that the input
    is to blame for what they raise. Only MemoryError passes: what else runs in the process may be
    to blame for it.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return function(*args, **kwargs)
            except (UnreadableNotice, MemoryError):
                raise
            except Exception as fault:
                raise DecoderFailed(f"{what} cannot be read ({type(fault).__name__})") from fault

        return guarded

    return decorate
