"""What the auditor allows for, because light and calls take time. Every other bound holds exactly.

docs/sandbox/demo.md explains each to the reader of a report.
"""

from datetime import timedelta

#: What somebody *else* did within this time before a call could not be seen by the caller: he reads
#: the machine, then calls, and the other was faster in between. What the caller did himself is
#: never excused.
UNSEEN = timedelta(seconds=1)

#: From the decision, which looks at the clock, to the call's arrival at Compute.
TRAVEL = timedelta(seconds=2)

#: A machine's own word counts for this long.
FRESH = timedelta(seconds=30)
