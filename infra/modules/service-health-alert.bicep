// The Service Health rule for planned maintenance and the action group that calls the app. The app
// scans the subscription; what a notice says decides nothing.

param environmentName string
param tags object
@secure()
param serviceHealthWebhookUri string
param webhookAppObjectId string
param webhookAppIdentifierUri string

resource webhook 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-forestall-${environmentName}'
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'forestall'
    enabled: true
    webhookReceivers: [
      {
        name: 'forestall'
        serviceUri: serviceHealthWebhookUri
        useCommonAlertSchema: true
        useAadAuth: !empty(webhookAppObjectId)
        objectId: empty(webhookAppObjectId) ? null : webhookAppObjectId
        identifierUri: empty(webhookAppObjectId) ? null : webhookAppIdentifierUri
        tenantId: empty(webhookAppObjectId) ? null : tenant().tenantId
      }
    ]
  }
}

resource plannedMaintenance 'Microsoft.Insights/activityLogAlerts@2026-01-01' = {
  name: 'alert-forestall-${environmentName}'
  location: 'Global'
  tags: tags
  properties: {
    description: 'Azure announced maintenance or a service issue in this subscription.'
    enabled: true
    scopes: [subscription().id]
    condition: {
      allOf: [
        { field: 'category', equals: 'ServiceHealth' }
        {
          // A service issue holds new starts in its region.
          anyOf: [
            { field: 'properties.incidentType', equals: 'Maintenance' }
            { field: 'properties.incidentType', equals: 'Incident' }
          ]
        }
      ]
    }
    actions: {
      actionGroups: [
        { actionGroupId: webhook.id }
      ]
    }
  }
}
