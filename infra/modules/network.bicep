// A virtual network of its own. The app reaches storage and Service Bus through private endpoints,
// and Azure Resource Manager through a NAT gateway. What comes in is not touched: webhooks need a
// public address.

param name string
param location string
param tags object
@description('Addresses in CIDR notation, a /25 or larger.')
param addresses string
param storageId string
param serviceBusId string

// Every cloud names its Service Bus after the domain that its storage is named after.
var domain = replace(environment().suffixes.storage, 'core.', '')
var endpoints = [
  { name: 'blob', target: storageId, zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { name: 'table', target: storageId, zone: 'privatelink.table.${environment().suffixes.storage}' }
  { name: 'namespace', target: serviceBusId, zone: 'privatelink.servicebus.${domain}' }
]

resource publicIp 'Microsoft.Network/publicIPAddresses@2025-05-01' = {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2025-05-01' = {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIpAddresses: [
      { id: publicIp.id }
    ]
  }
}

// The rules that every group has let in only what comes from the network itself.
resource rules 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-${name}'
  location: location
  tags: tags
}

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addresses] }
    subnets: [
      {
        name: 'snet-app'
        properties: {
          addressPrefix: cidrSubnet(addresses, 26, 0)
          defaultOutboundAccess: false
          natGateway: { id: gateway.id }
          networkSecurityGroup: { id: rules.id }
          delegations: [
            { name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'snet-endpoints'
        properties: {
          addressPrefix: cidrSubnet(addresses, 26, 1)
          defaultOutboundAccess: false
          networkSecurityGroup: { id: rules.id }
        }
      }
    ]
  }

  resource appSubnet 'subnets' existing = {
    name: 'snet-app'
  }

  resource endpointSubnet 'subnets' existing = {
    name: 'snet-endpoints'
  }
}

module privateEndpoints 'private-endpoint.bicep' = [
  for each in endpoints: {
    name: 'private-endpoint-${each.name}'
    params: {
      name: 'pep-${each.name}-${name}'
      location: location
      tags: tags
      targetId: each.target
      groupId: each.name
      zone: each.zone
      networkId: network.id
      subnetId: network::endpointSubnet.id
    }
  }
]

output appSubnetId string = network::appSubnet.id
