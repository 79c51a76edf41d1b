"""What the scans of an installation cost a month: the counts of a rescan times list prices.

Prices are those of `benchmarks.monthly_cost`. Measured are the time, the requests and the messages
of a rescan; assumed is what is said so. Service Bus's base price, logs and waves are not in it.
"""

from collections.abc import Iterator

from benchmarks.monthly_cost import PRICES
from benchmarks.scan.measuring import Cost

_HOURS, _INTERVAL, _PERIOD = 730, 0.25, 6
#: assumed: of an instance; the host takes as many messages at a time as the measured process
_GB = 2
#: assumed: seconds of a view in Azure, and views that one message reads at a time
_VIEW, _VIEWS_AT_ONCE = 0.15, 32
#: assumed: messages of a subscription that one instance takes at a time
_MESSAGES = 16


def month(
    rescan: Cost, asked: int, measured: int, subscriptions: int, machines: int
) -> Iterator[str]:
    """The parts of the bill, in Markdown, without the free amounts.

    `rescan` read `measured` subscriptions with `asked` requests of ARM. Its CPU for each request
    stands for that of a view, which is too much rather than too little.

    Time is billed for each instance, so scans that run at the same time share it.
    """
    scans = _HOURS / _INTERVAL * subscriptions
    seconds = rescan.wall / measured * scans
    a_view = max(_VIEW / _VIEWS_AT_ONCE / _MESSAGES, rescan.cpu / asked)
    sweep = subscriptions * machines * _HOURS / _PERIOD * a_view
    requests = (rescan.table_reads + rescan.table_writes) / measured * scans
    parts = {
        f"{seconds:,.0f} s of rescans": seconds * _GB * PRICES["functions_gb_second"],
        f"{sweep:,.0f} s of the sweep": sweep * _GB * PRICES["functions_gb_second"],
        f"{scans:,.0f} messages": scans / 1e6 * PRICES["functions_million_executions"],
        f"{requests:,.0f} table requests": requests
        / 1e6
        * PRICES["storage_million_table_operations"],
    }
    yield "| of the scans, a month | $ |"
    yield "| --- | ---: |"
    for what, price in parts.items():
        yield f"| {what} | {price:,.2f} |"
    yield f"| together | {sum(parts.values()):,.2f} |"
