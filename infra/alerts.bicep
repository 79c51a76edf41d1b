// Step two, when the app answers: Azure Monitor calls it when Azure plans maintenance. One rule in
// each watched subscription, as a Service Health rule sees only its own.
// docs/deploy.md has the parameters of this command:
//   az deployment sub create --location REGION --template-file infra/alerts.bicep --parameters ...

targetScope = 'subscription'

@description('As for main.bicep.')
@minLength(1)
@maxLength(24)
param environmentName string

@description('Where the resource groups of the rules are kept; the rules themselves are global.')
param location string = deployment().location

@description('Subscription ids, separated by commas. Empty: this subscription.')
param watchedSubscriptions string = ''

@description('The address of the app\'s webhook, its function key included.')
@secure()
param serviceHealthWebhookUri string

@description('Object id of the app registration of the webhook\'s tokens. Empty: no tokens.')
param webhookAppObjectId string = ''

@description('Identifier URI of that app registration, such as api://forestall.')
param webhookAppIdentifierUri string = ''

var listed = map(split(watchedSubscriptions, ','), each => toLower(trim(each)))
var named = filter(listed, each => !empty(each))
var subscriptionIds = contains(named, '*')
  ? fail('name the subscriptions: a Service Health rule sees only its own')
  : empty(named) ? [subscription().subscriptionId] : union(named, named) // each once

module notices 'modules/notices.bicep' = [
  for each in subscriptionIds: {
    name: 'forestall-notices-${uniqueString(each, environmentName)}'
    scope: subscription(each)
    params: {
      environmentName: environmentName
      location: location
      serviceHealthWebhookUri: serviceHealthWebhookUri
      webhookAppObjectId: webhookAppObjectId
      webhookAppIdentifierUri: webhookAppIdentifierUri
    }
  }
]
