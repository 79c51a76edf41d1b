#!/bin/sh
# The infrastructure of an environment, deployed where its templates or parameters have changed.
# A deployment writes all settings, and that ends what runs, also where each value is the same.
#   infrastructure.sh ENVIRONMENT LOCATION FILE
# FILE gets the deployment as JSON, with its outputs. It needs `az login`.
# FORESTALL_INFRASTRUCTURE=always deploys in each case, such as after a change by hand.
set -eu

usage="usage: infrastructure.sh ENVIRONMENT LOCATION FILE"
environment="${1:?$usage}"
location="${2:?$usage}"
file="${3:?$usage}"
name="forestall-$environment"
parameters="infra/parameters/$environment.bicepparam"
tag=forestall-templates
# By its name: another project of azd may have an environment, and so a tag, of this name.
group="rg-forestall-$environment"

fail() {
  echo "infrastructure: $*" >&2
  exit 1
}

# Both in full: a parameter file reads variables of the environment, too.
template=$(az bicep build --file infra/main.bicep --stdout) ||
  fail "infra/main.bicep cannot be compiled"
values=$(az bicep build-params --file "$parameters" --stdout) ||
  fail "$parameters cannot be compiled"
digest=$(printf '%s\n%s\n%s' "$location" "$template" "$values" | sha256sum | cut -c1-32)
# An empty digest would be equal to a tag that is not there.
[ "${#digest}" -eq 32 ] || fail "sha256sum is needed: install GNU coreutils"

last=$(az group show --name "$group" --query "tags.\"$tag\"" --output tsv 2>/dev/null) || last=
state=$(az deployment sub show --name "$name" --query properties.provisioningState \
  --output tsv 2>/dev/null) || state=
if [ "$last" = "$digest" ] && [ "$state" = Succeeded ] &&
  [ "${FORESTALL_INFRASTRUCTURE:-changed}" != always ]; then
  az deployment sub show --name "$name" --output json >"$file"
  echo "infrastructure: nothing has changed since the last deployment, so nothing is deployed"
  echo "infrastructure: FORESTALL_INFRASTRUCTURE=always deploys nevertheless"
  exit 0
fi

az deployment sub create --name "$name" --location "$location" --output json \
  --template-file infra/main.bicep --parameters "$parameters" >"$file"
# Without the tag the next run deploys again, which is safe.
id=$(az group show --name "$group" --query id --output tsv) || id=
if [ -n "$id" ]; then
  az tag update --resource-id "$id" --operation Merge --tags "$tag=$digest" --output none ||
    echo "infrastructure: the tag $tag cannot be written, so the next run deploys again"
fi
echo "infrastructure: deployed"
