"""Settings are said in four places.

Code, Bicep, local.settings.example.json, docs/configuration.md. This says where they differ.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping

#: what the Functions host reads itself, by the place that has to say it
HOST_SETTINGS = {
    "bicep": {
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT",
        "AzureWebJobsStorage",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID",
    },
    "example": {"AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME"},
    "page": {
        "AzureWebJobsStorage",
        "FUNCTIONS_WORKER_RUNTIME",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    },
}

#: for a developer's machine alone: a deployment that sets it gives rights to everybody
_NEVER_DEPLOYED = {"FORESTALL_DEVELOPMENT_ROLES"}

#: parts of a connection by identity that host and app do not ask for by name
_OF_EVERY_CONNECTION = {"credential", "clientId"}

#: settings whose names end in what FORESTALL_NOTIFY or FORESTALL_MAIL calls a secret
_NAMED_SECRETS = ("FORESTALL_NOTIFY_SECRET_", "FORESTALL_MAIL_SECRET_")

_NAME = re.compile(r"[A-Z]\w+")
_OURS = re.compile(r"FORESTALL_[A-Z0-9_]+")

#: what the code asks of the environment that the platform itself puts there
_FROM_PLATFORM = {
    "IDENTITY_ENDPOINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "WEBSITE_AUTH_ENABLED",
    "WEBSITE_INSTANCE_ID",
    "WEBSITE_RESOURCE_GROUP",
    "WEBSITE_SITE_NAME",
}


def in_code(sources: Mapping[str, str]) -> set[str]:
    """Every name that is read from the environment, or that a trigger's decorator points to."""
    found: set[str] = set()
    for text in sources.values():
        tree = ast.parse(text)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            found |= set(_read_from_environment(call)) | set(_pointed_to(call))
    return found - _FROM_PLATFORM


def in_example(text: str) -> set[str]:
    """The names of local.settings.example.json."""
    return set(json.loads(text)["Values"])


def in_page(text: str) -> set[str]:
    """The names in the first column of the table of settings."""
    table = text[text.index("| setting | default |") :].split("\n\n", maxsplit=1)[0]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def out_of_sync(*, code: set[str], bicep: set[str], example: set[str], page: set[str]) -> list[str]:
    """One sentence for each name that one place has and another lacks."""
    return [
        *_difference(code - _NEVER_DEPLOYED, "bicep", bicep),
        *_difference(code, "example", example),
        *_difference(code, "page", page),
        *_parts(code, bicep, page),
    ]


def _difference(code: set[str], place: str, names: set[str]) -> Iterator[str]:
    wanted = {_connection(each) for each in code} | HOST_SETTINGS[place]
    has = {_connection(each) for each in names if not each.startswith(_NAMED_SECRETS)}
    yield from (f"{place} lacks {each}" for each in sorted(wanted - has))
    yield from (f"{place} has {each}, which nothing reads" for each in sorted(has - wanted))


def _parts(code: set[str], bicep: set[str], page: set[str]) -> Iterator[str]:
    """Settings such as `StateStorage__tableServiceUri`.

    Bicep sets and the page explains what the code asks for.
    """
    asked = {each for each in code if "__" in each}
    yield from (f"bicep lacks {each}" for each in sorted(asked - bicep))
    yield from (f"page lacks {each}" for each in sorted(asked - page))
    given = {
        each
        for each in bicep
        if "__" in each and _connection(each) in {_connection(one) for one in code}
    }
    for each in sorted(given - asked):
        if each.partition("__")[2] not in _OF_EVERY_CONNECTION:
            yield f"bicep has {each}, which nothing reads"


def _connection(name: str) -> str:
    return name.partition("__")[0]


def _read_from_environment(call: ast.Call) -> Iterator[str]:
    """`env.get("NAME")`, the verbs of the settings' reader, and our names among the arguments."""
    yield from (text for text in _texts(call.args) if _OURS.fullmatch(text))
    if not isinstance(call.func, ast.Attribute):
        return
    receiver = call.func.value
    owner = receiver.attr if isinstance(receiver, ast.Attribute) else getattr(receiver, "id", "")
    if owner.strip("_") == "env" and call.func.attr == "get":
        yield from _texts(call.args[:1])  # the second one is the default
    if owner == "reader":
        yield from (text for text in _texts(call.args) if _NAME.fullmatch(text))


def _pointed_to(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        for text in _texts([keyword.value]):
            if keyword.arg == "connection":
                yield text
            yield from re.findall(r"%(\w+)%", text)


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
