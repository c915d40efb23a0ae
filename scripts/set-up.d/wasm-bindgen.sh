# The wasm-bindgen command, of exactly the version that Cargo.lock holds for its library: the two must agree.

wasm_bindgen() {
  local version have_version=none
  version=$(locked_version wasm-bindgen)
  is_done wasm-bindgen "$version" && [ -x target/tools/bin/wasm-bindgen ] && return
  have wasm-bindgen && have_version=$(wasm-bindgen --version | cut -d' ' -f2)
  mkdir -p target/tools/bin
  if [ "$have_version" = "$version" ]; then
    say "using the wasm-bindgen $version that is installed already"
    ln -sf "$(command -v wasm-bindgen)" target/tools/bin/wasm-bindgen
  else
    say "cargo install wasm-bindgen-cli $version, which writes the core's JavaScript (a minute or two, once)"
    rm -f target/tools/bin/wasm-bindgen
    # Without --locked: the lock file it was published with may name releases that were withdrawn since. Unoptimised it
    # takes a second for the core instead of a quarter, and minutes less to build.
    CARGO_PROFILE_DEV_DEBUG=0 cargo install wasm-bindgen-cli --version "=$version" --quiet --force --debug \
      --root target/tools --bin wasm-bindgen </dev/null
  fi
  mark_done wasm-bindgen "$version"
}

# locked_version CRATE: the version of it in Cargo.lock.
locked_version() {
  awk -v want="name = \"$1\"" '$0 == want { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}
