using '../../../infra/main.bicep'

// With management-group.bicep: no rights are given here.
param environmentName = 'all'
param watchedSubscriptions = '* , -00000000-0000-4000-8000-00000000000A'
