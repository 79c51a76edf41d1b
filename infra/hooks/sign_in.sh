#!/bin/sh
# Makes the app registration with which people sign in, or brings it up to date: its roles, and the
# app's managed identity as its federated credential, so that it has no client secret.
#   sign_in.sh URL PRINCIPAL_ID [OWNER_GROUP...]
# PRINCIPAL_ID is FORESTALL_PRINCIPAL_ID of the deployment. Roles of earlier groups stay.
# UNCONFIRMED(sign-in-without-secret)
set -eu

usage="usage: sign_in.sh URL PRINCIPAL_ID [OWNER_GROUP...]"
url="${1:?$usage}"
principal="${2:?$usage}"
shift 2
host="${url#https://}"
host="${host%%/*}"
name="Forestall ($host)"

case "$url" in
  https://*) ;;
  *) echo "sign-in: $url does not begin with https://" >&2 && exit 1 ;;
esac
for each; do
  case "$each" in
    *[!A-Za-z0-9._-]* | '')
      echo "sign-in: '$each' cannot be part of a role: use letters, digits, . _ -" >&2
      exit 1
      ;;
  esac
done

tenant=$(az account show --query tenantId --output tsv)
client=$(az ad app list --filter "displayName eq '$name'" --query "[].appId" --output tsv)
case "$client" in
  *[!0-9a-fA-F-]*)
    echo "sign-in: more than one app registration is named $name; delete all but one" >&2
    exit 1
    ;;
  '')
    client=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg \
      --web-redirect-uris "https://$host/.auth/login/aad/callback" \
      --enable-id-token-issuance true --query appId --output tsv)
    ;;
esac
az ad app update --id "$client" --identifier-uris "api://$client"

files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT

# An id of a role is made of its name, so a second run changes nothing.
role() { # NAME DESCRIPTION MEMBERS
  digest=$(printf '%s' "forestall role $1" | cksum | cut -d ' ' -f 1)
  printf '{"id": "f03e57a1-0000-4000-8000-%012x", "value": "%s", "displayName": "%s",' \
    "$digest" "$1" "$1"
  printf ' "description": "%s", "isEnabled": true, "allowedMemberTypes": [%s]}' "$2" "$3"
}
both='"User", "Application"'
before=$(az ad app show --id "$client" \
  --query "appRoles[?starts_with(value, 'Owner.')].value" --output tsv)
{
  printf '['
  role Reader "Read everything" "$both"
  printf ',\n'
  role Operator "Read everything, and give every command" "$both"
  printf ',\n'
  role Approver "Approve and reject" '"User"'
  for each in $(printf '%s\n' "$before" "$@" | sed 's/^Owner\.//' | sort -u); do
    printf ',\n'
    role "Owner.$each" "Hold, resume, retry and reopen machines of $each" "$both"
  done
  printf ']\n'
} >"$files/roles.json"
az ad app update --id "$client" --app-roles "@$files/roles.json"

# `az` may ask for tokens of the person who is logged in: first the permission, then who has it.
graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
scope='f03e57a1-0000-4000-8000-000000000001'
azure_cli='04b07795-8ddb-461a-bbee-02f9e1bf7b46'
cat >"$files/scope.json" <<JSON
{"api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [{
  "id": "$scope", "value": "user_impersonation", "type": "User", "isEnabled": true,
  "adminConsentDisplayName": "Use Forestall",
  "adminConsentDescription": "Use Forestall as the person who is signed in"}]}}
JSON
cat >"$files/cli.json" <<JSON
{"api": {"preAuthorizedApplications": [
  {"appId": "$azure_cli", "delegatedPermissionIds": ["$scope"]}]}}
JSON
for each in scope cli; do
  az rest --method PATCH --uri "${graph%/}/v1.0/applications(appId='$client')" \
    --headers Content-Type=application/json --body "@$files/$each.json" --output none
done

if [ -z "$(az ad sp list --filter "appId eq '$client'" --query "[].id" --output tsv)" ]; then
  az ad sp create --id "$client" --output none
fi

authority=$(az cloud show --query endpoints.activeDirectory --output tsv)
cat >"$files/credential.json" <<JSON
{
  "name": "forestall-identity",
  "issuer": "${authority%/}/$tenant/v2.0",
  "subject": "$principal",
  "audiences": ["api://AzureADTokenExchange"]
}
JSON
if [ -z "$(az ad app federated-credential list --id "$client" \
  --query "[?subject=='$principal'].id" --output tsv)" ]; then
  az ad app federated-credential create --id "$client" \
    --parameters "@$files/credential.json" --output none
fi

echo "$client"
echo "sign-in: deploy again with this client id:" \
  "azd env set FORESTALL_SIGN_IN_CLIENT $client && azd provision" >&2
