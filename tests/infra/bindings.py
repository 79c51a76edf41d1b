"""What the functions are bound to, as azure.functions indexes them.

Asked in a process of its own: the library indexes an app once, and the tests of the functions do
that themselves.
"""

import json
import subprocess
import sys
from functools import cache
from typing import Any

from tests.infra.deployments import ROOT

_INDEX = """
import json
from function_app import app
print(json.dumps({
    each.get_function_name(): [binding.get_dict_repr() for binding in each.get_bindings()]
    for each in app.get_functions()
}, default=str))
"""


@cache
def bindings() -> dict[str, list[dict[str, Any]]]:
    """By function, its bindings.

    `{"scan_one": [{"type": "serviceBusTrigger", "queueName": "scans", ...}]}`.
    """
    done = subprocess.run(
        [sys.executable, "-c", _INDEX], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout)
    return found
