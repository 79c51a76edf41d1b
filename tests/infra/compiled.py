"""What must hold of a compiled ARM template, which an evaluated snapshot does not show.

A list of faults, empty if it does.
"""

import json
from collections.abc import Iterator
from typing import Any

type Template = dict[str, Any]

#: ways in which a template asks for a key, and prefixes of modules that come from elsewhere
_WAYS = ("listKeys", "listAccountSas", "listServiceSas", "listSecrets", "br:", "ts:")
#: the only parameter that carries a secret
_SECRETS = frozenset({"serviceHealthWebhookUri"})

#: of main.bicep: what has to be there before what
ORDER = {
    "access": {
        "identity",
        "storage",
        "serviceBus",
        "monitoring",
    },  # no right over what is not there yet
    "app": {"access", "privateNetwork"},  # it starts with its rights and its way to its state
    "privateNetwork": {"storage", "serviceBus"},
    "watch": {"identity", "role"},
    "operationalAlerts": {"monitoring", "serviceBus"},
}


def faults(template: Template) -> list[str]:
    """One sentence for each thing that must not be so in any template."""
    text = json.dumps(template)
    return [
        *(f"it uses {way}" for way in _WAYS if way in text),
        *(
            f"parameter {name} is {'no ' if name in _SECRETS else 'a '}secure one"
            for name, each in _parameters(template)
            if (each["type"].lower() in ("securestring", "secureobject")) != (name in _SECRETS)
        ),
    ]


def out_of_order(main: Template) -> list[str]:
    """One sentence for each module that could be deployed before something it needs."""
    resources: dict[str, Template] = main["resources"]
    return [
        f"{name} does not wait for {needed}"
        for name, wanted in ORDER.items()
        for needed in sorted(wanted - set(resources[name].get("dependsOn", [])))
    ]


def _parameters(template: Template) -> Iterator[tuple[str, Template]]:
    """From the template and from every template nested in it."""
    for name, each in template.get("parameters", {}).items():
        if isinstance(each, dict) and "type" in each:
            yield name, each
    for value in template.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _parameters(each)
