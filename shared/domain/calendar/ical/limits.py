"""How much of a calendar file is read.

A file beyond a limit is unreadable, and never read in part: what is cut off may close.
"""

from datetime import timedelta

#: the text, in bytes: a calendar of ten years with one event a day has 1 MB
MOST_BYTES = 4 * 1024 * 1024
#: one line of those that are read, unfolded: room for a list of 3,000 dates
LONGEST_LINE = 64 * 1024
MOST_EVENTS = 5_000
#: steps from period to period in all rules of the file together: 5,000 events of every week, for a
#: year and more
MOST_STEPS = 400_000
#: occurrences of all events together, from the time of reading to the end of what is covered
MOST_OCCURRENCES = 20_000
#: how far ahead events are worked out: to a 29 February, and, where that is more than
#: MOST_OCCURRENCES or MOST_STEPS, to the next year. From there on nothing is known, and the
#: calendar counts as closed.
FAR_AHEAD = timedelta(days=3653)
AHEAD = timedelta(days=400)
#: and how far back, for the windows that are open now
BACK = timedelta(days=8)


class NotReadable(ValueError):
    """Why a file cannot be read, in words for the person who looks after it."""


class TooMuch(NotReadable):
    """As NotReadable: more than a limit allows.

    Maybe less is asked for if one looks less far ahead.
    """
