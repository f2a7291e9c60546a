#!/bin/sh
# Asks for one whole week what the dashboard shows, and leaves the answers in FOLDER/MONDAY/. Needs GNU date.
#   ask.sh POLICY FOLDER [MONDAY]    by default the last week that is over, in UTC
set -eu
policy=$1
folder=$2
today=$(date -u +%F)
monday=${3:-$(date -u -d "$today -$(($(date -u -d "$today" +%u) + 6)) days" +%F)}
sunday=$(date -u -d "$monday +6 days" +%F)
mkdir -p "$folder/$monday"
for by in organisation country kind entity page referrer; do
  frontdesk report --policy "$policy" --purpose marketing_analytics --by "$by" --since "$monday" --until "$sunday" \
    --asked-by "${ASKED_BY:-weekly feed}" --format json --out "$folder/$monday/$by.json"
done
echo "$folder/$monday"
