using '../../../infra/trail.bicep'

param environmentName = 'prod'
param principalId = '00000000-0000-4000-8000-0000000000aa'
