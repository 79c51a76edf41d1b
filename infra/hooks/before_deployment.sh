#!/bin/sh
# Before a deployment: what would make it fail half-way, or take an emergency setting away.
#   before_deployment.sh ENVIRONMENT LOCATION
# It needs `az login`. It registers one resource provider and changes nothing else.
# FORESTALL_SKIP_CHECKS=on skips it. FORESTALL_START_AGAIN=on deploys over disabled functions.
set -eu

usage="usage: before_deployment.sh ENVIRONMENT LOCATION"
environment="${1:?$usage}"
location="${2:?$usage}"
oldest_az=2.67.0

if [ "${FORESTALL_SKIP_CHECKS:-off}" = on ]; then
  echo "checks: skipped, as FORESTALL_SKIP_CHECKS is on"
  exit 0
fi
fail() {
  echo "checks: $*" >&2
  echo "checks: nothing was deployed; FORESTALL_SKIP_CHECKS=on deploys without these checks" >&2
  exit 1
}

az_version=$(az version --query '"azure-cli"' --output tsv) || fail "az does not run: install it"
older=$(printf '%s\n%s\n' "$oldest_az" "$az_version" | sort -V | head -n 1)
[ "$older" = "$oldest_az" ] ||
  fail "az is $az_version, and $oldest_az or newer is needed: run az upgrade"

# The command lists names such as "West Europe" or "westeurope".
wanted=$(printf '%s' "$location" | tr -d ' ' | tr '[:upper:]' '[:lower:]')
regions=$(az functionapp list-flexconsumption-locations --query '[].name' --output tsv |
  tr -d ' ' | tr '[:upper:]' '[:lower:]') || regions=
[ -n "$regions" ] ||
  fail "Azure names no region with Flex Consumption: run az login, then try again"
printf '%s\n' "$regions" | grep -qx "$wanted" ||
  fail "Flex Consumption is not offered in $location; it is in:" $regions

# Without it an app on Flex Consumption is created and does not work.
state=$(az provider show --namespace Microsoft.App --query registrationState --output tsv) || state=
if [ "$state" != Registered ]; then
  echo "checks: registers the resource provider Microsoft.App, which takes a minute or two"
  az provider register --namespace Microsoft.App --wait --only-show-errors ||
    fail "Microsoft.App is not registered, and this login may not: ask an owner to run" \
      "az provider register --namespace Microsoft.App"
fi

# A deployment writes all settings. A function that somebody disabled would start again.
ours="tags.\"azd-env-name\"=='$environment' && tags.\"azd-service-name\"=='orchestrator'"
app=$(az functionapp list --output tsv --query "[?$ours].id | [0]") ||
  fail "the apps of this subscription cannot be listed: run az login, then try again"
if [ -n "$app" ] && [ "${FORESTALL_START_AGAIN:-off}" != on ]; then
  settings=$(az functionapp config appsettings list --ids "$app" --output tsv --query \
    "[?ends_with(name,'Disabled')].[name, value]") ||
    fail "the settings of the running app cannot be read, so it is not known what they stop"
  # The host takes True and TRUE too (azure-functions-host, string.Equals without case).
  disabled=$(printf '%s\n' "$settings" |
    awk '{ if (tolower($2) == "true" || $2 == "1") print $1 }')
  [ -z "$disabled" ] ||
    fail "somebody disabled functions, and this deployment would start them again:" $disabled \
      "(FORESTALL_START_AGAIN=on deploys nevertheless)"
fi
echo "checks: az $az_version, $location has Flex Consumption, Microsoft.App is registered"
