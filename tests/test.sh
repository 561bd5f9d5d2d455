#!/usr/bin/env bash
# Passes every test on a Debian machine that has only Rust and gcc: installs what is missing, runs all,
# counts what ran. Goes on after a failure, so that one run shows everything that is wrong.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
root=$PWD
target=${CARGO_TARGET_DIR:-$root/target}
tools=$target/tools
mkdir -p "$tools"
export CARGO_TERM_COLOR=never TANDEM_MATERIAL=${TANDEM_MATERIAL:-$root/../shared/material}

passed=0 failed=0 failures=()
say() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }
good() { passed=$((passed + 1)); echo "ok: $1"; }
bad() { failed=$((failed + 1)); failures+=("$1"); echo "FAILED: $1"; }

# One named check that either holds or not.
check() {
  local name=$1
  shift
  say "$name"
  if "$@"; then good "$name"; else bad "$name"; fi
}

# A runner that counts for itself: cargo's "test result:" lines, or our own "N passed, N failed".
counted() {
  local name=$1 log=$tools/$2.log sums before=$failed
  shift 2
  say "$name"
  "$@" 2>&1 | tee "$log"
  local code=${PIPESTATUS[0]}
  sums=$(sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed.*/\1 \2/p; s/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$log" |
    awk '{p+=$1; f+=$2} END {print p+0, f+0}')
  passed=$((passed + ${sums% *}))
  failed=$((failed + ${sums#* }))
  if [ "$failed" -gt "$before" ]; then failures+=("$name: ${sums#* } failed"); fi
  if [ "$code" -ne 0 ] && [ "$failed" -eq "$before" ]; then bad "$name (exit $code)"; fi
  if [ "$code" -eq 0 ] && [ "${sums% *}" -eq 0 ]; then bad "$name ran no test"; fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo -n "$@"; else return 1; fi
}

refreshed=
apt_get() {
  if [ -z "$refreshed" ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || return 1
    refreshed=yes
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$tools/apt.log" 2>&1 ||
    { tail -n 20 "$tools/apt.log"; return 1; }
}

# Debian's package for a command that is not here.
need() {
  command -v "$1" >/dev/null && return 0
  echo "installing $2 for $1"
  apt_get "$2" && command -v "$1" >/dev/null
}

rust_component() {
  cargo "$1" --version >/dev/null 2>&1 || rustup component add "$2"
}

# promtool out of Debian's package, unpacked and not installed: no service is started for a test.
promtool() {
  if [ ! -x "$tools/promtool" ]; then
    local installed
    if installed=$(type -P promtool); then
      ln -sf "$installed" "$tools/promtool"
    else
      [ -n "$refreshed" ] || as_root apt-get update -qq || return 1
      refreshed=yes
      (cd "$tools" && rm -f prometheus_*.deb promtool && apt-get download -qq prometheus &&
        dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xO ./usr/bin/promtool >promtool.part &&
        chmod +x promtool.part && mv promtool.part promtool && rm -f prometheus_*.deb) || return 1
    fi
  fi
  "$tools/promtool" "$@"
}

# PESQ and what it stands on, in an environment of its own.
scoring() {
  local python
  [ -x "$tools/venv/bin/python" ] && "$tools/venv/bin/python" -c 'import pesq, scipy' 2>/dev/null && return 0
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null || ! python3 -c 'import sysconfig, os, sys; sys.exit(not os.path.exists(sysconfig.get_paths()["include"] + "/Python.h"))'; then
    apt_get python3 python3-venv python3-dev || return 1
  fi
  python=python3
  python3 -c 'import ensurepip, venv' 2>/dev/null || python=/usr/bin/python3
  rm -rf "$tools/venv"
  "$python" -m venv "$tools/venv" &&
    "$tools/venv/bin/pip" install -q --disable-pip-version-check -r tests/e2e/requirements.txt
}

systemd_unit() {
  if ! command -v systemd-analyze >/dev/null; then
    echo "SKIPPED: SYSTEMD-ANALYZE IS NOT ON THIS MACHINE"
    return 0
  fi
  sed "s#/usr/bin/tandem#$target/release/tandem#g" deploy/systemd/tandem.service >"$tools/tandem.service"
  systemd-analyze verify --man=no "$tools/tandem.service" &&
    systemd-analyze security --offline=yes --threshold=25 "$tools/tandem.service" | tail -n 1
}

check "gcc is here" need gcc gcc
check "cargo fmt is here" rust_component fmt rustfmt
check "cargo clippy is here" rust_component clippy clippy
check "SIPp is here" need sipp sip-tester
check "baresip is here" need baresip baresip-core
check "tshark is here" need tshark tshark
check "callgrind is here" need valgrind valgrind
check "PESQ is here" scoring
[ -d "$TANDEM_MATERIAL" ] || bad "the test material is at $TANDEM_MATERIAL"

check "the code is formatted" cargo fmt --check
check "no lint complains" cargo clippy --quiet --workspace --all-targets -- -D warnings
counted "unit and page tests" cargo cargo test --workspace --no-fail-fast --quiet
check "the release builds" cargo build --release --quiet -p gateway -p tests

if [ -d deploy/prometheus ]; then
  check "Prometheus takes the config" promtool check config deploy/prometheus/prometheus.yml
  check "Prometheus takes the rules" promtool check rules deploy/prometheus/rules/*.yml
  check "the rules hold" promtool test rules deploy/prometheus/tests/*.yml
fi
[ -f deploy/systemd/tandem.service ] && check "systemd takes the unit" systemd_unit
if [ -d tests/e2e ]; then
  counted "end to end on the release binary" e2e env TOOLS="$tools" "$target/release/e2e"
fi

say "done"
for failure in "${failures[@]+"${failures[@]}"}"; do echo "FAILED: $failure"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
