// Everything that the app's identity may do to what it watches: exactly the calls that
// shared/adapters can make.
// A test derives this list from the code, both ways (tests/infra/test_role_in_sync.py).

@export()
// The call for a whole scale set is left out on purpose.
@description('Control-plane actions, each without a wildcard.')
var machineActions = [
  'Microsoft.Compute/locations/operations/read'
  'Microsoft.Compute/virtualMachineScaleSets/read'
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read'
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/performMaintenance/action'
  'Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read'
  'Microsoft.Compute/virtualMachines/instanceView/read'
  'Microsoft.Compute/virtualMachines/performMaintenance/action'
  'Microsoft.Compute/virtualMachines/read'
  // Resource Graph shows a row to everyone who may read what the row is about. Without these three
  // the app gets no hints, and finds each wave by its sweep alone.
  'Microsoft.Maintenance/updates/read'
  'Microsoft.ResourceHealth/availabilityStatuses/read'
  'Microsoft.ResourceHealth/events/impactedResources/read'
  'Microsoft.Resources/subscriptions/read'
]

@export()
@description('What people see in the list of roles.')
var roleDescription = join(
  [
    'Reads virtual machines and their maintenance status,'
    'and starts their self-service maintenance. Nothing else.'
  ],
  ' '
)
