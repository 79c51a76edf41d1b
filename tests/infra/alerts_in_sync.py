"""What the alerts look for in the logs, and what the app writes there: held together both ways.

An alert that looks for what nobody writes never fires. A notification without an alert reaches no
one who does not read logs.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.deployments import Resource, of_type
from tests.infra.written_events import Written

#: what Azure itself measures of a Service Bus namespace, where an alert looks at it
#: (supported-metrics, microsoft-servicebus-namespaces-metrics: average, minimum or maximum, by
#: EntityName)
PLATFORM_METRICS = {
    ("Microsoft.ServiceBus/namespaces", "DeadletteredMessages"): {"EntityName"},
    ("Microsoft.ServiceBus/namespaces", "ActiveMessages"): {"EntityName"},
}

_NOTIFICATION = "notification kind="


def looked_for(among: list[Resource]) -> dict[str, set[str]]:
    """By alert, the beginnings of lines that its query looks for.

    `job.parked`, `notification kind=scope.halted`.
    """
    return {
        each["name"]: set(re.findall(r'startswith "([^"]*) "', query_of(each)))
        for each in of_type(among, "Microsoft.Insights/scheduledQueryRules")
    }


def out_of_sync(among: list[Resource], code: Written) -> list[str]:
    """One sentence for each name that only one of the two has.

    Also one for each query that could match another name too.
    """
    alerts = looked_for(among)
    writable = code.events | {f"{_NOTIFICATION}{kind}" for kind in code.kinds}
    heard = set[str]().union(*alerts.values())
    return [
        *(
            f"{alert} looks for {name}, which nothing writes"
            for alert, names in sorted(alerts.items())
            for name in sorted(names - writable)
        ),
        *(
            f"people are told of {kind}, which no alert looks for"
            for kind in sorted(code.kinds)
            if not {kind, f"{_NOTIFICATION}{kind}"} & heard
        ),
        *(
            f"{each['name']} looks for more than whole names"
            for each in of_type(among, "Microsoft.Insights/scheduledQueryRules")
            if not _is_exact(query_of(each))
        ),
        *_unknown_metrics(among),
    ]


def query_of(rule: Resource) -> str:
    """The KQL of a log alert."""
    query: str = rule["properties"]["criteria"]["allOf"][0]["query"]
    return query


def _is_exact(query: str) -> bool:
    """Whether every filter looks only for the beginning of a line: a name and its blank."""
    names = re.findall(r'startswith "([^"]*)"', query)
    return (
        bool(names)
        and all(
            re.fullmatch(r"(notification kind=)?[a-z]+([._-][a-z]+)+ |notification ", each)
            for each in names
        )
        and not re.search(r"\b(has|contains|matches|endswith)", query)
    )


def _unknown_metrics(among: list[Resource]) -> Iterator[str]:
    for rule in of_type(among, "Microsoft.Insights/metricAlerts"):
        for criterion in rule["properties"]["criteria"]["allOf"]:
            known = PLATFORM_METRICS.get((criterion["metricNamespace"], criterion["metricName"]))
            used = {each["name"] for each in _dimensions(criterion)}
            if known is None:
                yield (
                    f"{rule['name']} looks at {criterion['metricName']}, "
                    "which Azure does not measure there"
                )
            elif not used <= known:
                yield (
                    f"{rule['name']} tells apart by {sorted(used - known)}, "
                    "which the metric does not"
                )


def _dimensions(criterion: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = criterion.get("dimensions", [])
    return found
