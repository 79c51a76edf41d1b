// The account to which the app exports its audit trail. Deploy it into another resource group, or
// another subscription, than the app: who may change the app should have no right here.
//   az deployment group create --resource-group OTHER_GROUP --template-file infra/trail.bicep \
//     --parameters principalId=...
// main.bicep has the principal id as its output FORESTALL_PRINCIPAL_ID, and takes the output
// containerUrl as its parameter trailContainerUrl.

@description('The principal id of the app\'s identity.')
param principalId string

@description('Which installation it is, where there are several.')
param environmentName string

param location string = resourceGroup().location

@description('Days in which nobody replaces or removes an exported file.')
@minValue(1)
@maxValue(3650)
param daysKept int = 400

@description('''
For an app in a private network: its subnet of endpoints (snet-endpoints). Without, the account has
no private endpoint.''')
param endpointSubnetId string = ''

@description('The region of that network.')
param endpointLocation string = location

@description('''
The DNS zone of private endpoints of blobs that this network knows. main.bicep makes one in the
group of the app. A network knows only one such zone.''')
param blobZoneId string = ''

@description('Whether the account has a public address.')
param allowPublicNetwork bool = empty(endpointSubnetId)

var token = uniqueString(subscription().id, environmentName, 'trail')
var name = 'sttrail${token}'
var tags = { 'azd-env-name': environmentName }

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: allowPublicNetwork ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: allowPublicNetwork ? 'Allow' : 'Deny'
      bypass: 'None'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 30 }
      containerDeleteRetentionPolicy: { enabled: true, days: 30 }
    }

    resource trail 'containers' = {
      name: 'trail'
      properties: { publicAccess: 'None' }

      // Unlocked: an owner can still end it. docs/deploy.md says how to lock it permanently.
      resource kept 'immutabilityPolicies' = {
        name: 'default'
        properties: {
          immutabilityPeriodSinceCreationInDays: daysKept
          allowProtectedAppendWrites: false
        }
      }
    }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2025-05-01' = if (!empty(endpointSubnetId)) {
  name: 'pep-trail-${token}'
  location: endpointLocation
  tags: tags
  properties: {
    subnet: { id: endpointSubnetId }
    privateLinkServiceConnections: [
      { name: 'blob', properties: { privateLinkServiceId: account.id, groupIds: ['blob'] } }
    ]
  }

  resource records 'privateDnsZoneGroups' = if (!empty(blobZoneId)) {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        { name: 'blob', properties: { privateDnsZoneId: blobZoneId } }
      ]
    }
  }
}

// Names of custom roles are unique in a tenant.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'forestall-trail', environmentName)
  properties: {
    roleName: 'Forestall trail writer (${environmentName}, ${token})'
    description: 'Creates blobs and reads them. Replaces and removes none.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
        ]
      }
    ]
    assignableScopes: [resourceGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::trail.id, principalId, role.name)
  scope: account::blobs::trail
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

output containerUrl string = '${account.properties.primaryEndpoints.blob}trail'
