using '../../../infra/main.bicep'

param environmentName = 'many'
var numbers = map(range(1, 300), each => padLeft(each, 12, '0'))
param watchedSubscriptions = join(map(numbers, each => '00000000-0000-4000-8000-${each}'), ',')
