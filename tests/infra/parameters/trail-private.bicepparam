using '../../../infra/trail.bicep'

param environmentName = 'prod'
param principalId = '00000000-0000-4000-8000-0000000000aa'
param endpointLocation = 'westeurope'

var group = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-app'
var networks = '${group}/providers/Microsoft.Network'

param endpointSubnetId = '${networks}/virtualNetworks/vnet-app/subnets/snet-endpoints'
param blobZoneId = '${networks}/privateDnsZones/privatelink.blob.core.windows.net'
