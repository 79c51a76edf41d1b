"""The queries of Resource Graph, one for each source of hints.

The first follows Microsoft's own samples (azure-monitor-docs, planned-maintenance-samples,
2026-06-26), with scope Host: rows of other scopes are updates of images and extensions. Resource
Graph has no `let`. UNCONFIRMED(graph-maintenance-rows): a wave of an ordinary machine has a row.
"""

from collections.abc import Mapping

from shared.domain.hints.hint import HintSource

_UPDATES = """
maintenanceresources
| where type =~ 'microsoft.maintenance/updates'
| mv-expand d = properties.value
| where tostring(d.maintenanceScope) =~ 'Host'
| project targetResourceId = tolower(name),
    status = tostring(d.properties.plannedMaintenanceStatus),
    rowStatus = tostring(d.status), notificationId = tostring(d.notificationId),
    plannedMaintenanceId = tostring(d.properties.plannedMaintenanceId)
| order by targetResourceId asc
"""

_IMPACTED = """
servicehealthresources
| where type =~ 'microsoft.resourcehealth/events/impactedresources'
| where properties.targetResourceType startswith 'microsoft.compute/virtualmachine'
| project targetResourceId = tolower(tostring(properties.targetResourceId)),
    trackingId = tostring(split(split(tolower(id), '/events/')[1], '/')[0]),
    status = tostring(properties.status)
| order by targetResourceId asc
"""

_ANNOTATIONS = """
healthresources
| where type =~ 'microsoft.resourcehealth/resourceannotations'
| where properties.targetResourceType startswith 'microsoft.compute/virtualmachine'
| project targetResourceId = tolower(tostring(properties.targetResourceId)),
    name = tostring(properties.annotationName), occurredTime = tostring(properties.occurredTime),
    summary = tostring(properties.summary)
| order by targetResourceId asc
"""

QUERIES: Mapping[HintSource, str] = {
    HintSource.UPDATES: _UPDATES,
    HintSource.IMPACTED: _IMPACTED,
    HintSource.ANNOTATIONS: _ANNOTATIONS,
}
