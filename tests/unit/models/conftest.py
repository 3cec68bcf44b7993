from __future__ import annotations

import pytest
import torch

from tests.parity.variants import build, images
from vitwidgets.models import HookedViT


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Small matrices: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(name="model")
def _model():
    with torch.no_grad():
        yield HookedViT(build("plain"))


@pytest.fixture(name="x")
def _x(model):
    return images(model.module)
