# npm packages, exactly as the lock file beside package.json says. npm ci refuses a lock file that lacks a package's
# builds for other platforms; package.json therefore pins oxlint and rollup to releases that have all of them.

# npm_packages FOLDER REASON
npm_packages() {
  local folder=$1 reason=$2 key
  [ -f "$folder/package-lock.json" ] || fail "$folder/package-lock.json is missing"
  key="$(sha256sum "$folder/package-lock.json" | cut -d' ' -f1) $(node --version)"
  # The stamp lies inside, so that it goes when the folder goes.
  local stamp=$folder/node_modules/.set-up
  [ -f "$stamp" ] && [ "$(<"$stamp")" = "$key" ] && return
  say "npm ci in $folder: $reason"
  (cd "$folder" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error </dev/null)
  printf '%s\n' "$key" >"$stamp"
}
