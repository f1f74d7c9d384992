#!/usr/bin/env bash
# drill.sh install    build pgroundtrip, put it on PATH, and install PostgreSQL's programs if there are none
# drill.sh drill      restore $ARCHIVE and report; the exit status is that of pgroundtrip restore
#
# The steps of action.yml. Without a DSN a throw-away cluster is used, even if the environment names a server.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
[ -n "${PGROUNDTRIP_DSN:-}" ] || unset PGROUNDTRIP_DSN DATABASE_URL PGHOST PGSERVICE

case ${1:-} in
install)
    bin=$(mktemp -d)
    CGO_ENABLED=0 go build -C "$root" -trimpath -o "$bin/pgroundtrip" ./cmd/pgroundtrip
    echo "$bin" >> "$GITHUB_PATH"
    "$root/.ci/postgres"
    ;;
drill)
    report=${REPORT:-restore-drill.json}
    case $report in *$'\n'*) echo "drill.sh: error: the name of the report has a newline" >&2; exit 1 ;; esac
    case $ARCHIVE in -*) ARCHIVE=./$ARCHIVE ;; esac # not a flag
    args=(restore -json "$ARCHIVE")
    [ -z "${MANIFEST:-}" ] || args+=(-manifest "$MANIFEST")
    read -d '' -ra more <<< "${ARGS:-}" || true # blanks and newlines separate; ends at the end of the text
    [ "${#more[@]}" -eq 0 ] || args+=("${more[@]}")
    status=0 verdict=
    if : > "$report"; then
        pgroundtrip "${args[@]}" > "$report" || status=$?
        verdict=$(sed -n 's/^  "verdict": "\([a-z]*\)".*/\1/p' "$report" | head -n 1)
    fi
    # Without a document there is no verdict, and that is never a pass.
    [ -n "$verdict" ] || { verdict=error; status=1; }
    { echo "verdict=$verdict"; echo "report=$report"; } >> "$GITHUB_OUTPUT"
    echo "restore-drill: $verdict"
    exit "$status"
    ;;
*)
    echo "drill.sh: error: usage: drill.sh install|drill" >&2
    exit 1
    ;;
esac
