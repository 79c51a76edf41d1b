using '../../../infra/main.bicep'

// With management-group.bicep: no rights are given here.
param environmentName = 'all'
param watchedSubscriptions = '*'

// Mail in one setting, with a secret that it names.
param webhooks = {
  FORESTALL_MAIL: '{"senders": ["@example.com"], "mailgun": {"secret": "mailgun-2026"}}'
}
param webhookVaultName = 'kv-doors'
param mailVaultEntries = {
  'mailgun-2026': 'mailgun'
}
param zoneRedundant = true
