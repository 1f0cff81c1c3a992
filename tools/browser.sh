#!/usr/bin/env bash
# Makes sure that Chromium and its driver are there, for the tests that look at pages. Does nothing if they are.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }

browser_there() { have chromium || have chromium-browser || have google-chrome; }

if browser_there && have chromedriver; then exit 0; fi

explain="The browser tests need Chromium and chromedriver on the PATH. Install them (Debian: apt-get install chromium chromium-driver) and run again."
if ! have apt-get; then echo "$explain" >&2; exit 1; fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then as_root=(sudo -n); else echo "$explain" >&2; exit 1; fi
fi

echo "browser: installing Debian's chromium and chromium-driver"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" apt-get install -y -qq --no-install-recommends chromium chromium-driver </dev/null >/dev/null
if ! { browser_there && have chromedriver; }; then echo "$explain" >&2; exit 1; fi
