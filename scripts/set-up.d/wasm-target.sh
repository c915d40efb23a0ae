# A compiler for wasm32-unknown-unknown. The normal way is rustup's; where rustup is absent or can reach nothing,
# Debian's rustc-web builds the standard library from its source package. Which route was taken is remembered in
# target/set-up/wasm-route for scripts/build-wasm; ZHUCUN_WASM_ROUTE=rustup or =debian chooses one.

rustup_patience=180 # seconds; a closed network may swallow the connection instead of refusing it

wasm_target() {
  local wish=${ZHUCUN_WASM_ROUTE:-any}
  if [ "$wish" != debian ]; then
    if ready_by_rustup || add_by_rustup; then
      mark_done wasm-route rustup
      return
    fi
    [ "$wish" = any ] || fail "the WASM target could not be had by rustup"
  fi
  if ! ready_by_debian; then
    may_apt || fail "the WASM target is missing, and rustup could not fetch it. Run 'rustup target add" \
      "wasm32-unknown-unknown', or on Debian 12 install rustc-web, cargo-web and rust-web-src"
    say "installing Debian's rustc-web, cargo-web and rust-web-src, for the WASM target"
    apt_install rustc-web cargo-web rust-web-src
    ready_by_debian || fail "Debian's packages did not give a compiler of version $(wanted_rust) or later, its source" \
      "and rust-lld"
  fi
  is_done wasm-route debian || say "the WASM target is built by Debian's rustc-web"
  mark_done wasm-route debian
}

ready_by_rustup() {
  ls "$(rustc --print target-libdir --target wasm32-unknown-unknown)"/libcore-*.rlib >/dev/null 2>&1
}

add_by_rustup() {
  have rustup || return 1
  is_done wasm-route debian && ready_by_debian && return 1 # it failed before; do not wait for it again
  say "rustup target add wasm32-unknown-unknown, for the core in the browser"
  timeout "$rustup_patience" rustup target add wasm32-unknown-unknown </dev/null && ready_by_rustup && return
  say "rustup could not fetch the target"
  return 1
}

ready_by_debian() {
  [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] || return 1
  [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/std" ] || return 1
  local version
  version=$(/usr/bin/rustc --version | cut -d' ' -f2)
  [ "$(printf '%s\n' "$(wanted_rust)" "$version" | sort -V | head -n 1)" = "$(wanted_rust)" ] || return 1
  [ -x "$(rust_lld)" ]
}

# Debian's package lacks the linker for WASM; rustup's toolchain has it.
rust_lld() {
  local host
  host=$(rustc -vV | sed -n 's/^host: //p')
  echo "$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld"
}
