#!/bin/sh
# The last lines of a deployment: where the app is, and how to open it.
#   say_where.sh APP_NAME RESOURCE_GROUP URL
# The function key is shown on a terminal only, never in the log of a pipeline.
# FORESTALL_SHOW_KEY=off leaves it out on a terminal too.
set -eu

usage="usage: say_where.sh APP_NAME RESOURCE_GROUP URL"
app="${1:?$usage}"
group="${2:?$usage}"
url="${3:?$usage}"
ask="az functionapp keys list --name $app --resource-group $group"
ask="$ask --query functionKeys.default --output tsv"

echo "url: $url"
echo "page: $url/api/v1/ui"
if [ -t 1 ] && [ "${FORESTALL_SHOW_KEY:-on}" != off ]; then
  if key=$($ask) && [ -n "$key" ]; then
    echo "function key: $key"
  else
    echo "function key: could not be read; later: $ask"
  fi
else
  echo "function key: not shown here; to see it: $ask"
fi
