using '../../../infra/main.bicep'

param environmentName = 'one'
param watchedSubscriptions = '00000000-0000-4000-8000-000000000001'
