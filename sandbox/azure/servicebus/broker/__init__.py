"""What Service Bus does with messages: locks, sessions, schedule, duplicates, dead letters.

No sockets, no own clock.
"""
