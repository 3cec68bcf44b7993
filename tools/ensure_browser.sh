#!/usr/bin/env bash
# Sees to it that the browser tests find a Chromium and the renderer a colour emoji
# font: Debian's own where this is root on Debian, else Playwright's Chromium. Debian's
# headless shell is much faster than its browser, but the tests can do with either.
# Usage: tools/ensure_browser.sh PLAYWRIGHT
set -euo pipefail
playwright=$1
font=/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf

has() { command -v "$1" >/dev/null; }
has_shell() { [ -n "${VW_CHROMIUM:-}" ] || has chromium-headless-shell; }
has_chromium() { has_shell || has chromium; }

if [ "$(id -u)" = 0 ] && grep -qs '^ID=debian$' /etc/os-release; then
  wanted=()
  has_shell || wanted+=(chromium-headless-shell)
  [ -e "$font" ] || wanted+=(fonts-noto-color-emoji)
  if [ ${#wanted[@]} -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends "${wanted[@]}"; } \
      || has_chromium
  fi
elif ! has_chromium; then
  "$playwright" install chromium
fi
