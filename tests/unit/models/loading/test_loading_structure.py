"""Architectures without numbers, as they are made before any download."""

from __future__ import annotations

import timm
import torch

from vitwidgets.models.loading.structure import without_numbers


def test_structures_have_shapes_alone_whatever_is_read_from_them():
    with without_numbers():
        module = timm.create_model("test_vit")
        # As timm before 1.0.22 computes drop rates.
        rates = [rate.item() for rate in torch.linspace(0, 0.5, 3)]
    assert rates == [0.0, 0.0, 0.0]
    wanted = timm.create_model("test_vit").state_dict()
    shapes = {name: tensor.shape for name, tensor in module.state_dict().items()}
    assert shapes == {name: tensor.shape for name, tensor in wanted.items()}
    assert all(tensor.is_meta for tensor in module.state_dict().values())


def test_numbers_are_read_as_ever_elsewhere():
    number = torch.tensor(2.5)
    with without_numbers():
        assert number.item() == 2.5
    assert torch.zeros(1).device.type == "cpu"
