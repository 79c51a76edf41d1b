// The storage account: tables with the app's state, a container for its package, and the host's
// data. No keys.

param name string
param location string
param tags object
param tablePrefix string
param zoneRedundant bool
param isPrivate bool
param workspaceId string

// As TableName in shared/adapters/tables/account.py.
var tableNames = [
  'Jobs'
  'Archive'
  'Semaphores'
  'Pauses'
  'Inventory'
  'Exemptions'
  'AuditTrail'
  'Notices'
  'Scans'
  'Quotas'
  'Outbox'
]
var packageContainer = 'app-package'
// Each version of the policy is one blob, and none is replaced.
var policyContainer = 'policy'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource package 'containers' = {
      name: packageContainer
      properties: { publicAccess: 'None' }
    }

    resource policy 'containers' = {
      name: policyContainer
      properties: { publicAccess: 'None' }
    }
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource table 'tables' = [
      for each in tableNames: {
        name: '${tablePrefix}${each}'
      }
    ]
  }
}

// Who changed the package, and who deleted state. Logs of reads and writes of the state would be
// the largest part of the bill.
#disable-next-line use-recent-api-versions // the only other version is of 2016
resource blobLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

#disable-next-line use-recent-api-versions // the only other version is of 2016
resource tableLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account::tables
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

output id string = account.id
output blobEndpoint string = account.properties.primaryEndpoints.blob
output tableEndpoint string = account.properties.primaryEndpoints.table
output policyContainerUrl string = '${account.properties.primaryEndpoints.blob}${policyContainer}'
output packageContainerUrl string = '${account.properties.primaryEndpoints.blob}${packageContainer}'
