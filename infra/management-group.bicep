// The rights for everything below a management group, instead of subscription by subscription.
// The owner of the group deploys it, after main.bicep with `watchedSubscriptions` set to `*`.
//   az deployment mg create --management-group-id ID --location REGION \
//     --template-file infra/management-group.bicep --parameters principalId=...
// main.bicep has the principal id as its output FORESTALL_PRINCIPAL_ID.

targetScope = 'managementGroup'

import { machineActions, roleDescription } from 'role-actions.bicep'

@description('The principal id of the app\'s identity.')
param principalId string

@description('Which installation it is, where there are several.')
param environmentName string

// Names of custom roles are unique in a tenant.
resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(managementGroup().id, 'forestall', environmentName)
  properties: {
    roleName: 'Forestall machine mover (${environmentName}, ${managementGroup().name})'
    description: roleDescription
    type: 'CustomRole'
    permissions: [
      { actions: machineActions, notActions: [] }
    ]
    assignableScopes: [managementGroup().id]
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, role.name)
  properties: {
    roleDefinitionId: role.id
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
