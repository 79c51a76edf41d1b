#!/bin/sh
# What azd runs after it has deployed the code: the smoke test, then the Service Health alerts.
# azd hands over the outputs of main.bicep and the environment. FORESTALL_NOTICES=off leaves the
# alerts out.
set -eu

here=$(dirname "$0")
sh "$here/smoke_test.sh" "$FORESTALL_URL" "${SMOKE_TEST_SECONDS:-1800}"
if [ "${FORESTALL_NOTICES:-on}" = off ]; then
  echo "notices: left out, as FORESTALL_NOTICES is off; the next scan finds maintenance anyway"
  sh "$here/say_where.sh" "$FORESTALL_APP_NAME" "$FORESTALL_RESOURCE_GROUP" "$FORESTALL_URL"
  exit 0
fi
sh "$here/notices.sh" "$FORESTALL_APP_NAME" "$FORESTALL_RESOURCE_GROUP" "$FORESTALL_URL" \
  "$AZURE_ENV_NAME" "$AZURE_LOCATION" \
  "${FORESTALL_NOTICE_SUBSCRIPTIONS:-$FORESTALL_WATCHED_SUBSCRIPTIONS}"
sh "$here/say_where.sh" "$FORESTALL_APP_NAME" "$FORESTALL_RESOURCE_GROUP" "$FORESTALL_URL"
