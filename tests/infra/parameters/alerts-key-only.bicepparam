using '../../../infra/alerts.bicep'

param environmentName = 'dev'
param serviceHealthWebhookUri = 'https://forestall.example/api/notices/service-health?code=key'
