"""Queues and tables as Bicep, the code and the sandbox's broker have them.

This says where they differ.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.infra.deployments import Resource, of_type

#: the queue that gets what the others give up
DEAD_LETTERS = "dead-letters"

#: a queue's settings, by name; names begin with a small letter, as in ARM
type Queues = dict[str, dict[str, Any]]


def deployed_queues(among: list[Resource]) -> Queues:
    """The queues of a deployment."""
    return {
        each["name"].partition("/")[2]: each["properties"]
        for each in of_type(among, "Microsoft.ServiceBus/namespaces/queues")
    }


def broker_queues(config: str) -> Queues:
    """The queues of a Config.json of Microsoft's emulator; its names begin with a capital."""
    (namespace,) = json.loads(config)["UserConfig"]["Namespaces"]
    return {
        queue["Name"]: {
            key[0].lower() + key[1:]: value for key, value in queue["Properties"].items()
        }
        for queue in namespace["Queues"]
    }


def deployed_tables(among: list[Resource]) -> set[str]:
    """The tables of a deployment."""
    return {
        each["name"].rpartition("/")[2]
        for each in of_type(among, "Microsoft.Storage/storageAccounts/tableServices/tables")
    }


def queues_out_of_sync(
    *, code: Iterable[str], triggers: Iterable[str], bicep: Queues, broker: Queues
) -> list[str]:
    """One sentence for each difference.

    `triggers` are queue names as the functions are bound to them.
    """
    names = set(code)
    heard = set(triggers)
    return [
        *_difference("bicep", names, set(bicep)),
        *_difference("the broker", names, set(broker)),
        *(f"nothing is triggered by queue {each}" for each in sorted(names - heard)),
        *(
            f"nothing sees to the dead letters of queue {each}"
            for each in sorted(names - {DEAD_LETTERS})
            if bicep.get(each, {}).get("forwardDeadLetteredMessagesTo") != DEAD_LETTERS
        ),
        *(
            f"a function waits for queue {each}, which is not there"
            for each in sorted(heard - names)
        ),
        *_settings(bicep, broker),
    ]


def tables_out_of_sync(*, code: set[str], bicep: set[str]) -> list[str]:
    """One sentence for each table that one of the two lacks."""
    return list(_difference("bicep", code, bicep, what="table"))


def _difference(place: str, wanted: set[str], has: set[str], what: str = "queue") -> Iterator[str]:
    yield from (f"{place} lacks {what} {each}" for each in sorted(wanted - has))
    yield from (
        f"{place} has {what} {each}, which the code does not use" for each in sorted(has - wanted)
    )


def _settings(bicep: Queues, broker: Queues) -> Iterator[str]:
    for queue in sorted(set(bicep) & set(broker)):
        ours, theirs = bicep[queue], broker[queue]
        for key in sorted(set(ours) | set(theirs)):
            if _of(ours, key) != _of(theirs, key):
                yield (
                    f"queue {queue}: {key} is {_of(ours, key)} in bicep and "
                    f"{_of(theirs, key)} in the broker"
                )


def _of(settings: Mapping[str, Any], key: str) -> object:
    return settings.get(key)
