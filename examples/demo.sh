#!/bin/sh
# demo.sh RILLE -- the digits pipeline twice, why a step ran again, and where its result comes from.
# The second run takes everything from the cache but the evaluator, which reads
# history.
set -e
rille=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
say() { printf '\n$ %s\n' "$*"; }

say "rille examples/digits.lua"
"$rille" digits.lua
say "rille examples/digits.lua"
"$rille" digits.lua
say "rille why evaluator"
"$rille" why evaluator
say "rille lineage digits::evaluator::best_acc"
"$rille" lineage digits::evaluator::best_acc
