// The Function App on Flex Consumption, and its settings. It has no secret: every connection uses
// the identity.

import { Settings } from '../settings.bicep'

param name string
param location string
param tags object
param identityId string
param identityClientId string
param storageBlobEndpoint string
param storageTableEndpoint string
param packageContainerUrl string
param serviceBusHost string
param insightsConnectionString string
param settings Settings
param instanceMemoryMB int
param maximumInstanceCount int
param alwaysReadyHttpInstances int
param zoneRedundant bool
@description('Empty: no virtual network.')
param subnetId string

var planSuffix = replace(name, 'func-', '')
// Tokens of Azure Monitor's secure webhook: of this tenant, and of this cloud's Entra.
var loginHost = split(environment().authentication.loginEndpoint, '/')[2]
var webhook = empty(settings.webhookAudience)
  ? {}
  : {
      FORESTALL_WEBHOOK_TENANT: tenant().tenantId
      FORESTALL_WEBHOOK_AUDIENCE: settings.webhookAudience
      FORESTALL_WEBHOOK_AUTHORITY: 'https://${loginHost}'
    }
// Written together with the platform's authentication below: without it nobody would check the
// header that the app accepts. The second setting is how the platform proves this app to Entra: by
// its identity, and by no secret. UNCONFIRMED(sign-in-without-secret)
var signIn = empty(settings.signInClientId)
  ? {}
  : {
      FORESTALL_SIGN_IN: '${tenant().tenantId},${settings.signInClientId}'
      OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
    }
var secrets = toObject(
  items(settings.webhookVaultEntries),
  each => each.key,
  each => '@Microsoft.KeyVault(VaultName=${settings.webhookVaultName};SecretName=${each.value})'
)

// As read_outside in shared/settings/targets.py names the settings.
var notifySecrets = toObject(
  items(settings.notifyVaultEntries),
  each => 'FORESTALL_NOTIFY_SECRET_${toUpper(replace(each.key, '-', '_'))}',
  each => '@Microsoft.KeyVault(VaultName=${settings.webhookVaultName};SecretName=${each.value})'
)

// As shared/settings/mail.py names the settings.
var mailSecrets = toObject(
  items(settings.mailVaultEntries),
  each => 'FORESTALL_MAIL_SECRET_${toUpper(replace(each.key, '-', '_'))}',
  each => '@Microsoft.KeyVault(VaultName=${settings.webhookVaultName};SecretName=${each.value})'
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'asp-${planSuffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'orchestrator' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    // Azure Monitor's webhooks come from the internet, with every network.
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      // No update strategy: this API version has none, and the platform's own is to end what runs,
      // which the app bears. UNCONFIRMED(update-strategy)
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyHttpInstances == 0
          ? []
          : [
              { name: 'http', instanceCount: alwaysReadyHttpInstances }
            ]
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
        // Blobs: locks, timers, keys, package. Tables: the host's diagnostic events. No queues:
        // only triggers on blobs need them.
        AzureWebJobsStorage__blobServiceUri: storageBlobEndpoint
        AzureWebJobsStorage__tableServiceUri: storageTableEndpoint
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identityClientId
        ServiceBusConnection__fullyQualifiedNamespace: serviceBusHost
        ServiceBusConnection__credential: 'managedidentity'
        ServiceBusConnection__clientId: identityClientId
        StateStorage__tableServiceUri: storageTableEndpoint
        AZURE_CLIENT_ID: identityClientId
        // The largest mail that the app reads: MAX_MAIL of functions/notices/email.py.
        FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(40 * 1024 * 1024)
        FORESTALL_ARM_ENDPOINT: environment().resourceManager
        FORESTALL_ARM_AUDIENCE: environment().resourceManager
        FORESTALL_SUBSCRIPTIONS: settings.subscriptions
        FORESTALL_MODE: settings.mode
        FORESTALL_NEW_UNTIL: settings.newUntil
        FORESTALL_OWN_QUOTA_PERCENT: string(settings.ownQuotaPercent)
        FORESTALL_SHARED_QUOTA_PERCENT: string(settings.sharedQuotaPercent)
        FORESTALL_POLICY: empty(settings.policyFiles) ? string(settings.policy) : ''
        FORESTALL_POLICY_FILES: settings.policyFiles
        FORESTALL_TABLE_PREFIX: settings.tablePrefix
        FORESTALL_TRAIL_EXPORT: settings.trailExport
        SCAN_SCHEDULE: settings.scanSchedule
        RECOVER_SCHEDULE: settings.recoverSchedule
      },
      webhook,
      signIn,
      settings.webhooks,
      secrets,
      notifySecrets,
      mailSecrets
    )
  }

  // Anonymous requests pass: webhooks and function keys have no sign-in. The app refuses by itself.
  resource authentication 'config' = if (!empty(settings.signInClientId)) {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true, runtimeVersion: '~1' }
      globalValidation: {
        requireAuthentication: false
        unauthenticatedClientAction: 'AllowAnonymous'
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            openIdIssuer: 'https://${loginHost}/${tenant().tenantId}/v2.0'
            clientId: settings.signInClientId
            clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          }
          validation: {
            allowedAudiences: [settings.signInClientId, 'api://${settings.signInClientId}']
          }
        }
      }
      login: { tokenStore: { enabled: false } }
      httpSettings: { requireHttps: true }
    }
    dependsOn: [appSettings]
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
