using '../main.bicep'

// A starting point: put in your own subscriptions, change windows and address.

param environmentName = 'prod'
param mode = 'act'
param watchedSubscriptions = join(
  [
    '11111111-1111-4111-8111-111111111111'
    '22222222-2222-4222-8222-222222222222'
  ],
  ','
)
// true costs two instances of each group of functions all month: docs/deploy.md, what it costs.
param zoneRedundant = false
param operatorEmail = 'operations@example.com'
var onCall = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/on-call'
param operatorActionGroups = [
  '${onCall}/providers/Microsoft.Insights/actionGroups/on-call'
]
param policy = {
  change_windows: {
    time_zone: 'Europe/Berlin'
    windows: [
      { days: ['sat', 'sun'], start: '22:00:00', end: '04:00:00' }
    ]
  }
  limits: { slots: 1, cool_down: 'PT30M', per_subscription: 10 }
}
// A variable of the pipeline, as the alerts need it too (docs/deploy.md, the secure webhook).
param webhookAudience = readEnvironmentVariable('FORESTALL_WEBHOOK_AUDIENCE', '')
