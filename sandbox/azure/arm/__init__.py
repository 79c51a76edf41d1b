"""Azure's planned maintenance, rehearsable.

Resource Manager, Compute and Resource Graph over HTTP on a laptop.

A stand-in for tests and demos: it answers as Azure was recorded or is documented to answer, and
docs/sandbox/arm.md lists where nobody has published what Azure does. It never talks to Azure.
"""
