// The app's own settings, from main.bicep to the Function App; docs/configuration.md explains each.

@export()
@sealed()
@description('Webhooks for notices and their senders; where the app sends messages.')
type Webhooks = {
  FORESTALL_WEBHOOK_CALLER: string?
  FORESTALL_MAIL: string?
  FORESTALL_MAIL_SENDERS: string?
  FORESTALL_MAIL_SENDGRID_KEY: string?
  FORESTALL_MAIL_SES_TOPICS: string?
  FORESTALL_MAIL_GRAPH_ENDPOINT: string?
  FORESTALL_MAIL_GRAPH_MAILBOX: string?
  FORESTALL_NOTIFY: string?
}

@export()
@sealed()
@description('Secrets of the webhooks, by their names in the Key Vault: no secret is a parameter.')
type WebhookVaultEntries = {
  FORESTALL_SERVICE_HEALTH_SECRET: string?
  FORESTALL_EVENT_GRID_SECRET: string?
  FORESTALL_MAIL_MAILGUN_KEY: string?
  FORESTALL_MAIL_POSTMARK_LOGIN: string?
  FORESTALL_MAIL_GRAPH_CLIENT_STATE: string?
  FORESTALL_MAIL_GRAPH_URL: string?
  FORESTALL_MAIL_PLAIN_SECRET: string?
}

@export()
type Settings = {
  subscriptions: string
  mode: 'observe' | 'act'
  newUntil: string
  policy: object
  ownQuotaPercent: int
  sharedQuotaPercent: int
  @description('The container of the published policy; empty: policy counts.')
  policyFiles: string
  tablePrefix: string
  @description('The container to which the audit trail is exported; empty: it is not.')
  trailExport: string
  scanSchedule: string
  recoverSchedule: string
  @description('Client id of the app registration with which people sign in; empty: nobody can.')
  signInClientId: string
  webhookAudience: string
  webhooks: Webhooks
  webhookVaultName: string
  webhookVaultEntries: object
  notifyVaultEntries: object
  mailVaultEntries: object
}
