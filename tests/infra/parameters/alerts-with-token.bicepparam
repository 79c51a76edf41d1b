using '../../../infra/alerts.bicep'

param environmentName = 'prod'
param watchedSubscriptions = '00000000-0000-4000-8000-000000000001, 00000000-0000-4000-8000-000000000002,00000000-0000-4000-8000-000000000001,'
param serviceHealthWebhookUri = 'https://forestall.example/api/notices/service-health?code=placeholder'
param webhookAppObjectId = '00000000-0000-4000-8000-0000000000bb'
param webhookAppIdentifierUri = 'api://forestall'
