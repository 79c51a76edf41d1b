using '../../../infra/main.bicep'

// With management-group.bicep: no rights are given here.
param environmentName = 'all'
param watchedSubscriptions = '*'
