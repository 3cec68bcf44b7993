from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from vitwidgets.mice.sprites import DEFAULT_FONT, Sprite, load_sprites

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def sprites() -> tuple[Sprite, ...]:
    if not Path(DEFAULT_FONT).exists():
        pytest.skip("needs Debian's package fonts-noto-color-emoji")
    return load_sprites()


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
