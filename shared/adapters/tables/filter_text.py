"""OData filters with their parameters as text. Asks nothing."""

import re
from collections.abc import Mapping

_PARAMETER = re.compile(r"@(\w+)")


def filter_text(query: str, parameters: Mapping[str, str]) -> str:
    """The filter with each parameter (`@name`) as quoted text; KeyError for one that is missing."""
    return _PARAMETER.sub(lambda found: _quoted(parameters[found[1]]), query)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
