from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.mice.clip.short_training import TINY
from vitwidgets.mice.clip.drawings import Drawings, load_drawings
from vitwidgets.mice.sprites import DEFAULT_FONT


@pytest.fixture(scope="session")
def drawings() -> Drawings:
    if not Path(DEFAULT_FONT).exists():
        pytest.skip("needs Debian's package fonts-noto-color-emoji")
    return load_drawings()


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the towers as small as `short_training.TINY`."""
    monkeypatch.setattr("vitwidgets.mice.clip.architecture.ARCHITECTURE", TINY)
    monkeypatch.setattr("vitwidgets.mice.clip.bundle.ARCHITECTURE", TINY)
