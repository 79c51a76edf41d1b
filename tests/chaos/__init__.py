"""Real processes under real signals.

Several hosts of the app, killed, stopped and cut off while waves come and go.

`python -m tests.chaos` (`make chaos`) runs a campaign and judges it; docs/chaos.md says how to read
it. It shares no code with the app: what happened is read from the simulator's log, and from what
any operator can ask the app.
"""
