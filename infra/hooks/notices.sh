#!/bin/sh
# Step two, once the app answers: has Azure Monitor call it when Azure plans maintenance
# (infra/alerts.bicep).
#   notices.sh APP_NAME RESOURCE_GROUP URL ENVIRONMENT LOCATION [SUBSCRIPTIONS]
# FORESTALL_WEBHOOK_OBJECT_ID and FORESTALL_WEBHOOK_AUDIENCE make it a secure webhook. The function
# key goes from Azure to Azure: it is not printed, not stored, and on no command line.
set -eu

usage="usage: notices.sh APP_NAME RESOURCE_GROUP URL ENVIRONMENT LOCATION [SUBSCRIPTIONS]"
app="${1:?$usage}"
group="${2:?$usage}"
url="${3:?$usage}"
environment="${4:?$usage}"
location="${5:?$usage}"
subscriptions="${6:-}"
audience="${FORESTALL_WEBHOOK_AUDIENCE:-}"
audience="${audience%%,*}"

# Also with subscriptions that are left out: *,-ID
case "$subscriptions" in
  *"*"*)
    echo "notices: Service Health rules need names of subscriptions, not *:" \
      "set FORESTALL_NOTICE_SUBSCRIPTIONS" >&2
    exit 1
    ;;
esac

# The key of this one function: with it nobody can pause, resume or retry anything.
# After a deployment the functions may not be listed until the triggers are synchronized.
deadline=$(($(date +%s) + ${NOTICES_SECONDS:-600}))
while :; do
  key=$(az functionapp function keys list --name "$app" --resource-group "$group" \
    --function-name service_health --query default --output tsv 2>/dev/null) || key=
  if [ -n "$key" ]; then
    break
  fi
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo "notices: the function service_health of $app has no key yet; deploy its code first" >&2
    echo "notices: or this login may not list keys: az functionapp function keys list" \
      "--name $app --resource-group $group --function-name service_health" >&2
    exit 1
  fi
  az resource invoke-action --action sync --only-show-errors --output none \
    --resource-group "$group" --resource-type Microsoft.Web/sites/host \
    --parent "sites/$app" --name default 2>/dev/null || true
  sleep "${NOTICES_PAUSE:-10}"
done

parameters=$(mktemp)
trap 'rm -f "$parameters"' EXIT
cat >"$parameters" <<JSON
{
  "\$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
  "contentVersion": "1.0.0.0",
  "parameters": {
    "environmentName": { "value": "$environment" },
    "location": { "value": "$location" },
    "watchedSubscriptions": { "value": "$subscriptions" },
    "webhookAppObjectId": { "value": "${FORESTALL_WEBHOOK_OBJECT_ID:-}" },
    "webhookAppIdentifierUri": { "value": "$audience" },
    "serviceHealthWebhookUri": { "value": "$url/api/notices/service-health?code=$key" }
  }
}
JSON

az deployment sub create --only-show-errors --output none \
  --name "forestall-notices-$environment" --location "$location" \
  --template-file "$(dirname "$0")/../alerts.bicep" --parameters "@$parameters"
echo "notices: Service Health alerts of planned maintenance now reach $app"
