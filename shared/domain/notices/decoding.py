"""The border at which untrusted input is decoded.

A failure there makes the input unreadable, and has no other effect.
"""

from collections.abc import Callable
from functools import wraps

from shared.domain.notices.notice import UnreadableNotice


class DecoderFailed(UnreadableNotice):
    """A decoder raised what it should not.

    Its input is unreadable too; the fuzz tests look for this one.
    """


def decodes[**P, R](what: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a function raise UnreadableNotice where it raises anything else. `what` names its input.

    For functions that only make values from untrusted input, so that the input causes what they
    raise. Only MemoryError passes: what else runs in the process may be to blame for it.
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
