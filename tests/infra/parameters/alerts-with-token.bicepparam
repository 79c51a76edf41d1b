using '../../../infra/alerts.bicep'

param environmentName = 'prod'
var one = '00000000-0000-4000-8000-000000000001'
var other = '00000000-0000-4000-8000-000000000002'
param watchedSubscriptions = '${one}, ${other},${one},'
param serviceHealthWebhookUri = 'https://forestall.example/api/notices/service-health?code=key'
param webhookAppObjectId = '00000000-0000-4000-8000-0000000000bb'
param webhookAppIdentifierUri = 'api://forestall'
