using '../../../infra/main.bicep'

param environmentName = 'webhooks'
param webhookAudience = 'api://forestall'
param signInClientId = '0b1f6471-1bf0-4dda-aec3-cb9272f09590'
param webhooks = {
  FORESTALL_WEBHOOK_CALLER: '461e8683-5575-4561-ac7f-899cc907d62a'
  FORESTALL_MAIL: '{"plain": {"authserv_id": "mx.example.com"}}'
  FORESTALL_MAIL_SENDERS: '@example.com'
  FORESTALL_MAIL_SENDGRID_KEY: 'a-public-key'
  FORESTALL_MAIL_SES_TOPICS: 'arn:aws:sns:eu-west-1:123456789012:mails'
  FORESTALL_MAIL_GRAPH_ENDPOINT: 'https://graph.microsoft.us'
  FORESTALL_MAIL_GRAPH_MAILBOX: 'maintenance@example.com'
  FORESTALL_NOTIFY: '{"targets": {"crm": {"teams": {"secret": "crm-webhook"}}}}'
}
param trailContainerUrl = 'https://sttrail.example.com/trail'
param webhookVaultName = 'kv-doors'
param webhookVaultEntries = {
  FORESTALL_SERVICE_HEALTH_SECRET: 'service-health'
  FORESTALL_EVENT_GRID_SECRET: 'event-grid'
  FORESTALL_MAIL_MAILGUN_KEY: 'mailgun'
  FORESTALL_MAIL_POSTMARK_LOGIN: 'postmark'
  FORESTALL_MAIL_GRAPH_CLIENT_STATE: 'graph'
  FORESTALL_MAIL_GRAPH_URL: 'graph-url'
  FORESTALL_MAIL_PLAIN_SECRET: 'plain'
}
param notifyVaultEntries = {
  'crm-webhook': 'crm-teams'
}
