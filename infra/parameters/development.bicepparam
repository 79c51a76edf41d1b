using '../main.bicep'

// To look round: it plans and says what it would do, in the subscription that it is deployed to.

param environmentName = 'dev'
param logRetentionDays = 30
