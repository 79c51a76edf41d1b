// Forestall and everything it needs, in one resource group, and its rights over what it watches.
// No secret is a parameter or an output.
//   az deployment sub create --location REGION --template-file infra/main.bicep \
//     --parameters infra/parameters/production.bicepparam

targetScope = 'subscription'

import { Webhooks, WebhookVaultEntries } from 'settings.bicep'
import { machineActions, roleDescription } from 'role-actions.bicep'

@description('Which installation it is; part of names, and of the tag that azd looks for.')
@minLength(1)
@maxLength(24)
param environmentName string

@description('Where everything is put.')
param location string = deployment().location

@description('''
Subscription ids, separated by commas. Empty: this subscription. *: all that the identity may see,
once management-group.bicep has given it the rights. *,-ID: all but that one.''')
param watchedSubscriptions string = ''

@description('observe plans and says what it would do; act redeploys.')
@allowed(['observe', 'act'])
param mode string = 'observe'

@description('Until this instant (2026-11-30T18:00:00Z) new tables are a new installation.')
param newUntil string = ''

@description('The policy: change windows, limits, timing. docs/policy.md shows one.')
param policy object = loadJsonContent('policy.json')

@description('Whether published policy files count, instead of policy: docs/policy-files.md.')
param policyIsPublished bool = false

@description('When scans are asked for: NCRONTAB, UTC.')
param scanSchedule string = '0 */15 * * * *'

@description('When the app looks for abandoned work: NCRONTAB, UTC.')
param recoverSchedule string = '30 */5 * * * *'

@description('How long no scan may be seen before it is an alert; longer than the scan interval.')
@allowed(['PT30M', 'PT1H', 'PT2H', 'PT6H', 'P1D'])
param scanExpectedWithin string = 'PT1H'

@description('''
public: reached over the internet, by Entra identities only. private: storage and Service Bus
(Premium) are reached by private endpoints only.''')
@allowed(['public', 'private'])
param network string = 'public'

@description('''
With a private network: its addresses, a /25 or larger. They must not overlap with those of a
network that it is to be peered with.''')
param networkAddresses string = '10.72.0.0/24'

@description('''
Whether plan and storage are spread over the zones of the region, where it has any. Azure then keeps
two instances of each group of functions running, and bills them: docs/deploy.md, what it costs.''')
param zoneRedundant bool = false

@description('Memory of one instance of the app.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Instances at most. The policy limits concurrent redeploys, not this.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances kept warm for webhooks and operators; each costs money all the time.')
@minValue(0)
@maxValue(20)
param alwaysReadyHttpInstances int = 0

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Who gets the alerts. Empty: nobody by mail; add receivers to the action group.')
param operatorEmail string = ''

@description('Ids of your own action groups that get the alerts too, such as your on-call tool.')
param operatorActionGroups string[] = []

@description('How much of the request limits of its own identity the app takes, in percent.')
@minValue(1)
@maxValue(80)
param ownQuotaPercent int = 80

@description('How much the app takes of limits that others in a subscription use, in percent.')
@minValue(1)
@maxValue(50)
param sharedQuotaPercent int = 50

@description('The tables\' names begin with it.')
@minLength(1)
@maxLength(40)
param tablePrefix string = 'forestall'

@description('The container to which the audit trail is exported: containerUrl of trail.bicep.')
param trailContainerUrl string = ''

@description('''
Identifier URI (and client id, after a comma) of the app registration for which the secure webhook
of Azure Monitor asks tokens. Empty: the function key alone protects Service Health notices.''')
param webhookAudience string = ''

@description('''
Client id of the app registration with which people sign in: infra/hooks/sign_in.sh makes one.
Empty: function keys alone.''')
param signInClientId string = ''

@description('Further webhooks for notices, such as mail; see docs/configuration.md.')
param webhooks Webhooks = {}

@description('''
The Key Vault with the secrets of the webhooks. The app's identity needs Key Vault Secrets User
there.''')
param webhookVaultName string = ''

@description('By setting, the name of its secret in that vault.')
param webhookVaultEntries WebhookVaultEntries = {}

@description('By the name of a secret in FORESTALL_NOTIFY, the name of its secret in that vault.')
param notifyVaultEntries { *: string } = {}

@description('By the name of a secret in FORESTALL_MAIL, the name of its secret in that vault.')
param mailVaultEntries { *: string } = {}

// Names begin with the abbreviations of Microsoft's Cloud Adoption Framework.
var token = uniqueString(subscription().id, environmentName, location)
var name = 'forestall-${token}'
var storageName = 'stforestall${token}'
var serviceBusName = 'sbns-${name}'
var insightsName = 'appi-${name}'
var tags = { 'azd-env-name': environmentName }
var isPrivate = network == 'private'
var listed = map(split(watchedSubscriptions, ','), each => toLower(trim(each)))
var named = filter(listed, each => !empty(each))
var watchesAll = contains(named, '*')
// The union with itself has each once.
var subscriptionIds = empty(named) ? [subscription().subscriptionId] : union(named, named)
var watched = watchesAll ? [] : subscriptionIds

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-forestall-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { name: 'id-${name}', location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: 'log-${name}'
    insightsName: insightsName
    location: location
    tags: tags
    retentionDays: logRetentionDays
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: storageName
    location: location
    tags: tags
    tablePrefix: tablePrefix
    zoneRedundant: zoneRedundant
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  scope: group
  params: {
    name: serviceBusName
    location: location
    tags: tags
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

module access 'modules/access.bicep' = {
  scope: group
  params: {
    principalId: identity.outputs.principalId
    storageName: storageName
    serviceBusName: serviceBusName
    insightsName: insightsName
  }
  // By name and not by outputs of the modules, so that names of assignments are known before a
  // deployment.
  dependsOn: [monitoring, serviceBus, storage]
}

module privateNetwork 'modules/network.bicep' = if (isPrivate) {
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    addresses: networkAddresses
    storageId: storage.outputs.id
    serviceBusId: serviceBus.outputs.id
  }
}

module app 'modules/function-app.bicep' = {
  scope: group
  params: {
    name: 'func-${name}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageBlobEndpoint: storage.outputs.blobEndpoint
    storageTableEndpoint: storage.outputs.tableEndpoint
    packageContainerUrl: storage.outputs.packageContainerUrl
    serviceBusHost: serviceBus.outputs.host
    insightsConnectionString: monitoring.outputs.connectionString
    settings: {
      subscriptions: join(subscriptionIds, ',')
      mode: mode
      newUntil: newUntil
      policy: policy
      ownQuotaPercent: ownQuotaPercent
      sharedQuotaPercent: sharedQuotaPercent
      policyFiles: policyIsPublished ? storage.outputs.policyContainerUrl : ''
      tablePrefix: tablePrefix
      trailExport: trailContainerUrl
      scanSchedule: scanSchedule
      recoverSchedule: recoverSchedule
      signInClientId: signInClientId
      webhookAudience: webhookAudience
      webhooks: webhooks
      webhookVaultName: webhookVaultName
      webhookVaultEntries: webhookVaultEntries
      notifyVaultEntries: notifyVaultEntries
      mailVaultEntries: mailVaultEntries
    }
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttpInstances: alwaysReadyHttpInstances
    zoneRedundant: zoneRedundant
    subnetId: privateNetwork.?outputs.appSubnetId ?? ''
  }
  dependsOn: [access]
}

module operationalAlerts 'modules/operational-alerts.bicep' = {
  scope: group
  params: {
    name: name
    location: location
    tags: tags
    operatorEmail: operatorEmail
    operatorActionGroups: operatorActionGroups
    serviceBusId: serviceBus.outputs.id
    workspaceId: monitoring.outputs.workspaceId
    scanExpectedWithin: scanExpectedWithin
  }
}

// One role for all watched subscriptions; names of custom roles are unique in a tenant.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!watchesAll) {
  name: guid(subscription().id, 'forestall', environmentName)
  properties: {
    roleName: 'Forestall machine mover (${environmentName}, ${token})'
    description: roleDescription
    type: 'CustomRole'
    permissions: [
      { actions: machineActions, notActions: [] }
    ]
    assignableScopes: map(
      union([subscription().subscriptionId], watched),
      each => '/subscriptions/${each}'
    )
  }
}

module watch 'modules/watch.bicep' = [
  for each in watched: {
    name: 'forestall-watch-${uniqueString(each, environmentName)}'
    scope: subscription(each)
    params: {
      principalId: identity.outputs.principalId
      roleName: role!.name
    }
  }
]

output FORESTALL_RESOURCE_GROUP string = group.name
output FORESTALL_APP_NAME string = app.outputs.name
output FORESTALL_URL string = app.outputs.url
// For the Service Health alerts, which need one rule in each.
output FORESTALL_WATCHED_SUBSCRIPTIONS string = join(subscriptionIds, ',')
output FORESTALL_PRINCIPAL_ID string = identity.outputs.principalId
