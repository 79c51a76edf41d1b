"""Azure Resource Manager and Compute, over azure-mgmt-compute."""
