using '../main.bicep'

// Storage and Service Bus have no public address. Service Bus is then Premium, most of the price.

param environmentName = 'private'
param network = 'private'
param zoneRedundant = true
param watchedSubscriptions = '11111111-1111-4111-8111-111111111111'
