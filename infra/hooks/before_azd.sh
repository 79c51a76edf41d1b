#!/bin/sh
# What azd runs before it provisions: the checks, with azd's names for environment and region.
set -eu

sh "$(dirname "$0")/before_deployment.sh" "$AZURE_ENV_NAME" "$AZURE_LOCATION"
