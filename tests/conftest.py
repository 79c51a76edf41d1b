"""Fixtures of the sandbox for every test, and how many examples hypothesis tries where."""

import os

from hypothesis import settings

pytest_plugins = [
    "sandbox.arm.pytest_plugin",
    "sandbox.azurite.pytest_plugin",
    "sandbox.functions_host.pytest_plugin",
    "sandbox.servicebus.pytest_plugin",
]

# No deadlines: a busy machine is not a defect. In CI the examples are the same every time, so a red run can be repeated.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")
