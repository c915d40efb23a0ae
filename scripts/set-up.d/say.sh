# How set-up talks and stops, and how it remembers: one line a step, and a stamp that holds what the step depended on.

say() { echo "set-up: $*"; }

fail() {
  echo "set-up: $*" >&2
  exit 1
}

# is_done NAME KEY: was this step finished for exactly this key?
is_done() { [ -f "$stamps/$1" ] && [ "$(<"$stamps/$1")" = "$2" ]; }

mark_done() { printf '%s\n' "$2" >"$stamps/$1"; }

have() { command -v "$1" >/dev/null 2>&1; }

may_apt() { [ "$(id -u)" = 0 ] && have apt-get; }

# apt_install PACKAGE...: Debian's packages, without what they merely recommend.
apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  local log=$stamps/apt.log
  if ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install $* (all of its output: $log)"
  fi
}
