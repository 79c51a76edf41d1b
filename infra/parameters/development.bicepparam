using '../main.bicep'

// To try it: it plans and says what it would do, in the subscription that it is deployed to.

param environmentName = 'dev'
param logRetentionDays = 30
// A variable of the pipeline, as the alerts need it too (docs/deploy.md, the secure webhook).
param webhookAudience = readEnvironmentVariable('FORESTALL_WEBHOOK_AUDIENCE', '')
