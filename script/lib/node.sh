# shellcheck shell=bash
# Installs the project's Node packages, which include Node itself.

require_node_packages() { # ROOT
  [ -e "$1/node_modules/.package-lock.json" ] &&
    [ ! "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ] && return
  command -v npm >/dev/null || die "npm is missing; install Node.js 24 or newer"
  say "installing the Node packages"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2) || die "npm ci failed"
}
