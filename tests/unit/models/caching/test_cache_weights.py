from __future__ import annotations

import pytest
import torch
from torch import nn

from vitwidgets.models.caching.weight_state import WeightState
from vitwidgets.models.errors import StaleCacheError


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3)
        self.norm = nn.BatchNorm1d(3)
        self.register_buffer("table", torch.zeros(2), persistent=False)


@pytest.fixture(name="net")
def _net():
    torch.manual_seed(0)
    return Net().requires_grad_(False)


def twice_new_memory(net):
    """Memory that was freed is given out again, maybe at the same place."""
    for _ in range(2):
        net.first.weight.data = net.first.weight.data * 2


def new_part(net):
    net.norm = nn.BatchNorm1d(3)


def new_parameter(net):
    net.first.weight = nn.Parameter(net.first.weight * 2)


CHANGES = {
    "in place": lambda net: net.first.weight.mul_(2),
    "new memory": lambda net: setattr(net.first.weight, "data", torch.ones(3, 3)),
    "new memory twice": twice_new_memory,
    "new parameter": new_parameter,
    "no parameter": lambda net: setattr(net.first, "bias", None),
    "a buffer": lambda net: net.norm.running_mean.add_(1),
    "another part": new_part,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_is_noticed_and_hashed_anew(net, change):
    state = WeightState(net, [net.first])
    assert state.is_current()
    assert state.renewed() is state
    before = state.digests()
    change(net)
    assert not state.is_current()
    renewed = state.renewed()
    assert renewed is not state
    assert renewed.is_current()
    assert renewed.digests()["weights"] != before["weights"] or change is new_part
    with pytest.raises(StaleCacheError, match="weights of the model were changed"):
        state.digests()


def test_memory_that_comes_and_goes_never_passes_for_the_old():
    net = nn.Linear(256, 256, bias=False).requires_grad_(False)
    for _ in range(50):
        state = WeightState(net, [net])
        for _ in range(3):
            net.weight.data = net.weight.data + 1
        assert not state.is_current()


@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.train(),
        lambda net: net.table.add_(1),
        lambda net: net.first.weight.sum(),
        lambda net: net.first.weight.requires_grad_(),
    ],
)
def test_what_leaves_the_weights_alone_is_no_change(net, change):
    state = WeightState(net, [net.first])
    before = state.digests()
    change(net)
    assert state.renewed() is state
    assert state.digests() == before


def test_a_part_is_judged_by_its_own_weights(net):
    state = WeightState(net, [net.first, net.norm])
    net.norm.weight.mul_(2)
    state.require_unchanged([net.first], "this")
    state.require_unchanged([nn.Identity()], "this")
    with pytest.raises(StaleCacheError, match="the weight that 'this' is computed"):
        state.require_unchanged([net.first, net.norm], "this")


def test_the_device_is_that_of_the_weights(net):
    net.norm.to("meta")
    state = WeightState(net, [net.first, net.norm])
    assert state.device_of([net.norm]) == torch.device("meta")
    assert state.device_of([nn.GELU(), net.first]) == torch.device("cpu")
    assert state.device_of([nn.GELU()]) is None
    assert state.device_of([]) is None


def test_equal_models_have_equal_digests_and_others_do_not(net):
    twin = Net()
    twin.load_state_dict(net.state_dict())
    digests = WeightState(net, []).digests()
    assert WeightState(twin, []).digests() == digests
    twin.norm.eps = 1e-3
    other = WeightState(twin, []).digests()
    assert other["weights"] == digests["weights"]
    assert other["modules"] != digests["modules"]
    assert WeightState(twin.double(), []).digests()["weights"] != digests["weights"]
