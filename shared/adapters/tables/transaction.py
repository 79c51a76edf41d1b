"""Rows of one partition in as few transactions as Table Storage takes them in. Sends nothing.

Azure refuses a transaction over two partitions, of more than 100 rows, of more than 4 MiB, or with
a row twice; Azurite takes most of them.
"""

from collections.abc import Iterator, Sequence

from shared.adapters.tables.rows import Row

#: operations that one transaction takes (performing-entity-group-transactions)
MOST_ROWS = 100

#: of 4 MiB that Azure takes; aiohttp encodes more than 1 MiB in a way that holds the event loop
_MOST_BYTES = 900_000
_ENVELOPE = 1_000


def transactions(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in order, cut where a transaction is full.

    ValueError for rows of two partitions, or a row twice.
    """
    keys = [each.key for each in rows]
    if len({each.partition for each in keys}) > 1 or len(set(keys)) < len(keys):
        raise ValueError("a transaction has rows of one partition, each of them once")
    taken: list[Row] = []
    size = 0
    for row in rows:
        more = (
            _ENVELOPE
            + len(row.text.encode())
            + sum(len(each.encode()) for each in row.columns.values())
        )
        if taken and (len(taken) == MOST_ROWS or size + more > _MOST_BYTES):
            yield taken
            taken, size = [], 0
        taken.append(row)
        size += more
    if taken:
        yield taken
