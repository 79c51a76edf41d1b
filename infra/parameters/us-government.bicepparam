using '../main.bicep'

// A sovereign cloud: nothing differs but the region; every address comes from the cloud that it is deployed to.

param environmentName = 'gov'
param location = 'usgovvirginia'
param network = 'private'
