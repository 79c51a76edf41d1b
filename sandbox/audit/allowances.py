"""What the auditor allows for, because light and calls take time. Every other bound holds exactly.

docs/sandbox/demo.md explains each to the reader of a report.
"""

from datetime import timedelta

#: The caller could not see what *others* did within this time before a call: it reads the machine,
#: then calls, and the other was faster in between. The caller's own actions have no allowance.
UNSEEN = timedelta(seconds=1)

#: From the decision, which looks at the clock, to the call's arrival at Compute.
TRAVEL = timedelta(seconds=2)

#: A machine's own instance view counts for this long.
FRESH = timedelta(seconds=30)
