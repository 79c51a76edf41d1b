using '../main.bicep'

// A sovereign cloud: only the region differs; every address comes from the cloud of the deployment.

param environmentName = 'gov'
param location = 'usgovvirginia'
param network = 'private'
