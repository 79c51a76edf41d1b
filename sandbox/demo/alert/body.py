"""A Service Health alert about planned maintenance, as an action group posts it.

The form is the common alert schema that Microsoft documents; the texts are invented.
"""

from datetime import datetime
from typing import Any


def alert(
    subscription: str, at: datetime, *, region: str = "West Europe", tracking_id: str = "SCEN-E01"
) -> dict[str, Any]:
    """The body of `POST /api/notices/service-health` for virtual machines in a region."""
    fired = at.isoformat()
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": f"/subscriptions/{subscription}/providers"
                "/Microsoft.AlertsManagement/alerts/3f0f4a9e-0000-4000-8000-000000000001",
                "alertRule": "planned maintenance",
                "severity": "Sev4",
                "signalType": "Activity Log",
                "monitorCondition": "Fired",
                "monitoringService": "ServiceHealth",
                "alertTargetIDs": [f"/subscriptions/{subscription}"],
                "firedDateTime": fired,
                "essentialsVersion": "1.0",
                "alertContextVersion": "1.0",
            },
            "alertContext": {
                "channels": "Admin",
                "correlationId": "3f0f4a9e-0000-4000-8000-000000000002",
                "eventDataId": "3f0f4a9e-0000-4000-8000-000000000003",
                "eventSource": "ServiceHealth",
                "eventTimestamp": fired,
                "level": "Informational",
                "operationName": "Microsoft.ServiceHealth/maintenance/action",
                "properties": {
                    "title": "Planned maintenance of virtual machines",
                    "service": "Virtual Machines",
                    "region": region,
                    "incidentType": "Maintenance",
                    "trackingId": tracking_id,
                    "communicationId": "11000000000001",
                    "stage": "Planned",
                    "impactedServices": f'[{{"ServiceName": "Virtual Machines", '
                    f'"ImpactedRegions": [{{"RegionName": "{region}"}}]}}]',
                },
                "status": "Active",
                "subscriptionId": subscription,
                "submissionTimestamp": fired,
            },
        },
    }
