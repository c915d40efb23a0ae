# What comes from the operating system. The presence of the thing itself is asked for, not of a package, so that any
# distribution will do; only the installing is Debian's. Rust and Node are never installed, only asked for.

system_packages() {
  local purpose=$1 missing=()

  have cargo || fail "Rust is missing: install it with rustup (https://rustup.rs), version $(wanted_rust) or later"
  if [ "$purpose" != fuzz ]; then node_is_there; fi

  need missing build-essential "a C compiler, for SQLite and for linking" have cc
  if [ "$purpose" = fuzz ]; then
    need missing g++ "a C++ compiler, for LLVM's fuzzing engine" have c++
  fi
  if [ "$purpose" = test ]; then
    need missing chromium "the browser that the tests drive" have chromium
    need missing libreoffice-calc "the program beside ours that opens exported tables" have localc
    need missing libreoffice-writer "the program beside ours that opens exported forms" have lowriter
    need missing fonts-wqy-zenhei "Chinese characters in the tests' screenshots" chinese_font
  fi

  [ ${#missing[@]} = 0 ] && return
  may_apt || fail "cannot install system packages here (no root, or no apt-get). Install: ${missing[*]}"
  say "installing ${missing[*]}"
  apt_install "${missing[@]}"
}

node_is_there() {
  have node && have npm || fail "Node.js is missing: install version 20.19 or later, with npm"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node.js $(node --version) is too old: version 20.19 or later is needed"
}

# need LIST PACKAGE REASON TEST...: adds the package to the list, with its reason, when the test fails.
need() {
  local -n list=$1
  local package=$2 reason=$3
  shift 3
  if ! "$@"; then
    say "missing: $package ($reason)"
    list+=("$package")
  fi
}

# dpkg answers in milliseconds where fontconfig, with a cold cache, takes seconds.
chinese_font() {
  { have dpkg-query && [ "$(dpkg-query -W -f '${db:Status-Status}' fonts-wqy-zenhei 2>/dev/null)" = installed ]; } ||
    { have fc-list && [ -n "$(fc-list :lang=zh-cn family)" ]; }
}

wanted_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml; }
