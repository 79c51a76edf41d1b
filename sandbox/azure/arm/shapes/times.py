"""Instants as Azure's Compute writes them: seven digits of a second, and an offset instead of Z.

2022-08-13T21:35:41.2517072-04:00     (recorded; here the offset is always +00:00)
"""

from datetime import datetime


def precise(moment: datetime) -> str:
    """Seven digits; the seventh is invented, so that readers of six digits meet Azure's form."""
    seventh = moment.microsecond % 9 + 1
    return f"{moment.isoformat(timespec='microseconds')[:26]}{seventh}+00:00"


def in_seconds(moment: datetime) -> str:
    """Without fractions, as the documentation prints the four times of a maintenance status."""
    return f"{moment.isoformat(timespec='seconds')[:19]}+00:00"
