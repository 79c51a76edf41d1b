using '../../../infra/main.bicep'

// As people write lists: with a comma at the end, blanks, capitals, and one of them twice.

param environmentName = 'one'
var one = '00000000-0000-4000-8000-00000000000a'
var sameInCapitals = '00000000-0000-4000-8000-00000000000A'
param watchedSubscriptions = '${one}, ${sameInCapitals} ,'
