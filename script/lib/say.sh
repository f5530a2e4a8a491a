# shellcheck shell=bash
# Prints messages for the user at the terminal.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
  say "$*"
  exit 1
}
