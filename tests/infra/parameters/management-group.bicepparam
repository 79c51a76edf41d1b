using '../../../infra/management-group.bicep'

param environmentName = 'all'
param principalId = '00000000-0000-4000-8000-0000000000aa'
