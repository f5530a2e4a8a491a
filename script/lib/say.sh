# shellcheck shell=bash
# Words to the person at the terminal.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  say "$*"
  exit 1
}
