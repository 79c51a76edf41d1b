// What the app's identity may do with its own resources. Each right is for one resource, and none
// for the resource group.

param principalId string
param storageName string
param serviceBusName string
param insightsName string

// The host keeps its locks, keys and timers in blobs, and makes containers for them.
// UNCONFIRMED(blob-service-properties): it needs no right on the properties of the blob service.
var storageBlobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
// UNCONFIRMED(scaler-rights): with this role on a queue, a message starts an app at zero instances.
var serviceBusDataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
var serviceBusDataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: serviceBusName
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' existing = [
  for each in ['scans', 'redeploys', 'notifications', 'dead-letters']: {
    parent: namespace
    name: each
  }
]

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [storageBlobDataOwner, storageTableDataContributor]: {
    name: guid(storage.id, principalId, role)
    scope: storage
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource receiving 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for index in range(0, 4): {
    name: guid(queues[index].id, principalId, serviceBusDataReceiver)
    scope: queues[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        serviceBusDataReceiver
      )
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource sending 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for index in range(0, 4): {
    name: guid(queues[index].id, principalId, serviceBusDataSender)
    scope: queues[index]
    properties: {
      roleDefinitionId: subscriptionResourceId(
        'Microsoft.Authorization/roleDefinitions',
        serviceBusDataSender
      )
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      monitoringMetricsPublisher
    )
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
