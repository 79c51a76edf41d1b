"""How the names of the tables begin.

The only place that says how long that may be; a test compares it with Bicep's.
"""

import re

DEFAULT_TABLE_PREFIX = "forestall"

#: Azure allows names of 3 to 63 letters and digits, a letter first
#: (understanding-the-table-service-data-model.md). What is left over is for the name of each table,
#: such as `Semaphores`.
LONGEST_TABLE_PREFIX = 40

_PREFIX = re.compile(rf"[A-Za-z][A-Za-z0-9]{{0,{LONGEST_TABLE_PREFIX - 1}}}")


def read_table_prefix(text: str) -> str:
    """The prefix; a ValueError says what is allowed."""
    if not _PREFIX.fullmatch(text):
        raise ValueError(
            f"{text!r} must begin with a letter and have 1 to "
            f"{LONGEST_TABLE_PREFIX} letters and digits."
        )
    return text
