from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitwidgets.models.caching.tensor_layout import laid_out, once, places_of, sizes_of

SLICES = st.builds(slice, st.integers(0, 2), st.integers(3, 5), st.integers(1, 2))
VIEWS = st.sampled_from(["own", "transposed", "part", "expanded", "clone"])
DTYPES = st.sampled_from([torch.float32, torch.float16, torch.float64])


@st.composite
def tensors(draw):
    """Some tensors, many of them views of others."""
    found = {}
    for number in range(draw(st.integers(1, 3))):
        base = torch.randn(5, 6, 7).to(draw(DTYPES))
        for index, kind in enumerate(draw(st.lists(VIEWS, min_size=1, max_size=4))):
            view = {
                "own": base,
                "transposed": base.transpose(0, 2),
                "part": base[draw(SLICES), :, draw(SLICES)],
                "expanded": base[draw(SLICES)][:1].expand(3, 6, 7),
                "clone": base.clone(),
            }[kind]
            found[f"{number}.{index}"] = view
    return found


@settings(max_examples=100, deadline=None)
@given(tensors())
def test_tensors_are_laid_out_alike_again(values):
    places = places_of(values)
    first = {place: name for name, place in reversed(places.items())}
    kept = {name: once(values[name]).clone() for name in first.values()}
    again = laid_out(kept, places, torch.device("cpu"))
    assert again.keys() == values.keys()
    for name, value in values.items():
        assert again[name].dtype == value.dtype
        assert again[name].stride() == value.stride()
        assert torch.equal(again[name], value)
        offset = again[name].data_ptr() % 64
        assert offset == value.data_ptr() % 64  # kernels look at that too
        for other in values:
            distance = value.data_ptr() - values[other].data_ptr()
            shared = memory(value) == memory(values[other])
            assert shared == (memory(again[name]) == memory(again[other]))
            if shared:
                assert again[name].data_ptr() - again[other].data_ptr() == distance


@settings(max_examples=50, deadline=None)
@given(tensors())
def test_no_more_memory_is_taken_than_before(values):
    owners = {place.storage: values[name] for name, place in places_of(values).items()}
    for number, size in sizes_of(places_of(values)).items():
        owner = owners[number]
        assert size * owner.itemsize <= owner.untyped_storage().nbytes()


def memory(tensor):
    return tensor.untyped_storage().data_ptr()
