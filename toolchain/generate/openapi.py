"""Writes docs/openapi.json from the app's HTTP functions, and requests.http from that.

It describes nothing itself: functions/openapi does.

python -m toolchain.generate.openapi    writes both; a test compares the stored ones with fresh ones
"""

import json
from pathlib import Path
from typing import Any

from functions.openapi.document import HttpFunction, document
from functions.openapi.operations import PAGES
from toolchain.generate import requests_http

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def http_functions() -> list[HttpFunction]:
    """Every HTTP function of the app, as the host indexes it."""
    # A second import of it in one process registers everything again.
    from function_app import app  # noqa: PLC0415

    triggers = [(each, each.get_trigger()) for each in app.get_functions()]
    described = [
        (each, trigger.get_dict_repr()) for each, trigger in triggers if trigger is not None
    ]
    functions = [
        _http_function(each, said) for each, said in described if said["type"] == "httpTrigger"
    ]
    return [each for each in functions if each.name not in PAGES]


def text() -> str:
    """The document as it is stored."""
    return json.dumps(document(http_functions()), indent=1, ensure_ascii=False) + "\n"


def _http_function(function: Any, trigger: dict[str, Any]) -> HttpFunction:
    return HttpFunction(
        name=function.get_function_name(),
        route=trigger["route"],
        methods=tuple(each.value for each in trigger["methods"] if each.value != "HEAD"),
        needs_key=trigger["authLevel"].value != "anonymous",
        description=function.get_user_function().__doc__,
    )


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
    requests_http.write()
