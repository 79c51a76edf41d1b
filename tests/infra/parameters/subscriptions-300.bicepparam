using '../../../infra/main.bicep'

param environmentName = 'many'
param watchedSubscriptions = join(map(range(1, 300), each => '00000000-0000-4000-8000-${padLeft(each, 12, '0')}'), ',')
