#!/bin/sh
# Asks a deployed app until it is healthy: its settings are correct, and it can read its state.
#   smoke_test.sh URL [SECONDS]
# Exit code 0 once /api/health answers 200; 1 with its last answer if it does not in time.
# The roles of a new identity may take half an hour to count, so the default is 1800 seconds.
set -eu

url="${1:?usage: smoke_test.sh URL [SECONDS]}/api/health"
deadline=$(($(date +%s) + ${2:-1800}))
said=
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

while :; do
  : >"$answer"
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
  # What it waits for, once for each reason: a person sees that it is not stuck.
  seen="$status $(head -c 400 "$answer")"
  if [ "$seen" != "$said" ]; then
    echo "smoke test: waits, $url answers $seen"
    said=$seen
  fi
  sleep "${SMOKE_TEST_PAUSE:-5}"
done
