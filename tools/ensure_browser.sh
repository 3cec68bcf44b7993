#!/usr/bin/env bash
# Sees to it that the browser tests find a Chromium and the renderer a colour emoji
# font: Debian's own where this is root on Debian, else Playwright's Chromium.
# Usage: tools/ensure_browser.sh PLAYWRIGHT
set -euo pipefail
playwright=$1
font=/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf

has_chromium() { [ -n "${VW_CHROMIUM:-}" ] || command -v chromium >/dev/null; }

if [ "$(id -u)" = 0 ] && grep -qs '^ID=debian$' /etc/os-release; then
  wanted=()
  has_chromium || wanted+=(chromium)
  [ -e "$font" ] || wanted+=(fonts-noto-color-emoji)
  if [ ${#wanted[@]} -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install --yes --no-install-recommends "${wanted[@]}"
  fi
elif ! has_chromium; then
  "$playwright" install chromium
fi
