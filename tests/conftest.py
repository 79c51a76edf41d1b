"""Fixtures of the sandbox for every test, and how many examples hypothesis tries where."""

import os

from hypothesis import settings

pytest_plugins = [
    "sandbox.azure.arm.pytest_plugin",
    "sandbox.azure.azurite.pytest_plugin",
    "sandbox.azure.functions_host.pytest_plugin",
    "sandbox.azure.servicebus.pytest_plugin",
]

# No deadlines: a busy machine is not a defect. In CI the examples are the same every time, so a red
# run can be repeated.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "local")
