# callgrind.sh -- sourced: instructions by callgrind, which do not depend on what else the machine does.
# (valgrind has no SHA instructions: hashing looks five times as dear as it is.)
#
#     instructions N COMMAND...       leaves the millions of the process that it starts in $own, and those of the
#                                     processes that this one forks in $others, each from its fork on.  N: steps,
#                                     by which the workers are looked at more or less often
#     own_instructions COMMAND...     leaves $own alone, which is quicker
#
# The workers of a run are killed when it ends and print nothing: they leave a file every $every blocks of some five
# instructions, and what they did after the last one is missing, about a hundredth.

command -v valgrind >/dev/null || { echo "$(basename "$0"): left out: valgrind is not installed"; exit 0; }
counted=$(mktemp -d) || exit 2

# the process that is started, with more options of callgrind's
under_callgrind() {
    rm -rf "${counted:?}"/*
    # prctl is the first that a fork of rille's calls
    valgrind --tool=callgrind --zero-before=prctl --log-file="$counted/log.%p" "$@" >"$counted/out" 2>&1 &
    counted_pid=$!
    wait $counted_pid || { cat "$counted/out" >&2; return 1; }
    own=$(awk '/Collected/ { n += $4 } END { printf "%.2f", n / 1e6 }' "$counted/log.$counted_pid")
}

own_instructions() { under_callgrind --callgrind-out-file=/dev/null "$@"; }

instructions() {
    every=$((1000 * $1 > 10000 ? 1000 * $1 : 10000))
    shift
    under_callgrind --dump-every-bb=$every --compress-strings=yes --callgrind-out-file="$counted/part.%p" "$@" || return 1
    others=$(find "$counted" -name 'part.*' ! -name "part.$counted_pid*" -exec sed -n 's/^summary: //p' {} + |
        awk '{ n += $1 } END { printf "%.2f", n / 1e6 }')
    rm -rf "${counted:?}"/*
}
