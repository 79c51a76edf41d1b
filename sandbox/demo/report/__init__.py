"""The report of a rehearsal: the outcome of every machine, and the figures.

Its fields are a public contract.

docs/sandbox/demo.md describes them. It measures nothing: all comes from the event log, or is handed
in by the demo.
"""
