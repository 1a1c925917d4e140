#!/bin/sh
# demo.sh RILLE -- steps of today and of a commit in one pipeline, in a repository made for it.
set -e
rille=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r "$here/bill.lua" "$here/rates" "$dir"
cd "$dir"
say() { printf '\n$ %s\n' "$*"; }
commit() { git add -A && git -c user.name=demo -c user.email=demo@example.org commit -qm "$1"; }

git init -q .
commit "the rates of spring"
git tag spring
echo 'return { base = 5, per_kilogram = 0.75 }' > rates/prices.lua
say "rille run bill.lua          # rates/prices.lua is not committed"
"$rille" run bill.lua || true
commit "the rates of summer"
say "git commit; rille run bill.lua"
"$rille" run bill.lua
say "rille show bill@-1/postage_in_spring"
"$rille" show bill@-1/postage_in_spring
say "rille run --at spring rates_alone.lua    # a script that spring did not have"
"$rille" run --at spring rates_alone.lua || true
