// The namespace and its queues. Every access needs an Entra token: local authentication is off.

param name string
param location string
param tags object
param isPrivate bool
param workspaceId string

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  // Private endpoints need Premium; all else that is used here comes with Standard.
  sku: isPrivate
    ? { name: 'Premium', tier: 'Premium', capacity: 1 }
    : { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }

  // What the others give up comes here, so that one function sees to all of it. It gives up nothing
  // itself: 2,000 deliveries are the most that there are.
  resource deadLetters 'queues' = {
    name: 'dead-letters'
    properties: {
      lockDuration: 'PT1M'
      maxDeliveryCount: 2000
      requiresSession: false
      requiresDuplicateDetection: false
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: true
    }
  }

  // The same subscription and tick is the same scan: the second request is dropped.
  resource scans 'queues' = {
    name: 'scans'
    properties: {
      lockDuration: 'PT1M'
      maxDeliveryCount: 30
      requiresSession: false
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: 'PT10M'
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: true
      forwardDeadLetteredMessagesTo: deadLetters.name
    }
  }

  // A repeated step is stale and completes without effect, so duplicates need no detection here.
  resource redeploys 'queues' = {
    name: 'redeploys'
    properties: {
      lockDuration: 'PT1M'
      maxDeliveryCount: 30
      requiresSession: false
      requiresDuplicateDetection: false
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: true
      forwardDeadLetteredMessagesTo: deadLetters.name
    }
  }

  resource notifications 'queues' = {
    name: 'notifications'
    properties: {
      lockDuration: 'PT1M'
      maxDeliveryCount: 30
      requiresSession: false
      requiresDuplicateDetection: false
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: true
      forwardDeadLetteredMessagesTo: deadLetters.name
    }
  }
}

#disable-next-line use-recent-api-versions // the only other version is of 2016
resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'OperationalLogs', enabled: true }
    ]
  }
}

output id string = namespace.id
// serviceBusEndpoint is a URL with a port, in the domain of its cloud; SDK and host need the host
// name only.
output host string = split(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':')[0]
