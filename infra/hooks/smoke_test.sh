#!/bin/sh
# Asks a deployed app until it is healthy: its settings are correct, and it can read its state.
#   smoke_test.sh URL [SECONDS]
# Exit code 0 once /api/health answers 200; 1 with its last answer if it does not in time.
set -eu

url="${1:?usage: smoke_test.sh URL [SECONDS]}/api/health"
deadline=$(($(date +%s) + ${2:-300}))
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

while :; do
  status=$(curl --silent --show-error --max-time 30 --output "$answer" \
    --write-out '%{http_code}' "$url") || status=000
  if [ "$status" = 200 ]; then
    echo "smoke test: $url answers 200: $(cat "$answer")"
    exit 0
  fi
  if [ "$(date +%s)" -ge "$deadline" ]; then
    echo "smoke test: $url answered $status, and never 200 in time. Its last answer:" \
      "$(cat "$answer")" >&2
    echo "smoke test: 000 means no answer at all, 503 names what is wrong; see docs/runbook.md" >&2
    exit 1
  fi
  sleep "${SMOKE_TEST_PAUSE:-5}"
done
