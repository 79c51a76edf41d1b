// One watched subscription: a resource group for its Service Health rule. A rule cannot be in the
// subscription without a group.

targetScope = 'subscription'

param environmentName string
param location string
@secure()
param serviceHealthWebhookUri string
param webhookAppObjectId string
param webhookAppIdentifierUri string

var tags = { 'forestall-environment': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-forestall-notices-${environmentName}'
  location: location
  tags: tags
}

module alert 'service-health-alert.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    tags: tags
    serviceHealthWebhookUri: serviceHealthWebhookUri
    webhookAppObjectId: webhookAppObjectId
    webhookAppIdentifierUri: webhookAppIdentifierUri
  }
}
