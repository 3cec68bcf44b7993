from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vitwidgets.models.caching.memo import Memo

BASES = [torch.zeros(n) for n in (10, 20, 30, 40)]  # of 40 to 160 bytes
READS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 3), st.booleans()), max_size=30
)


def size(values):
    """Bytes of tensors, those of one base once."""
    return sum({id(base): base.nbytes for base in values}.values())


@settings(max_examples=200, deadline=None)
@given(READS, st.integers(0, 300))
def test_it_is_a_list_cut_from_its_oldest_end(reads, room):
    memo, model = Memo(), {}
    for name, number, reading in reads:
        base = BASES[number]
        if reading:
            got = memo.get(name)
            assert (got is None) == (name not in model)
            if name in model:
                assert got.untyped_storage().data_ptr() == model[name].data_ptr()
                model[name] = model.pop(name)
        else:
            memo.keep(name, base[:5], room)
            if base.nbytes <= room:
                model.pop(name, None)
                model[name] = base
                while size(model.values()) > room:
                    del model[next(iter(model))]
        assert memo.nbytes == size(model.values()) <= room


def test_the_same_value_again_changes_nothing():
    memo, value = Memo(), torch.zeros(4)
    memo.keep("a", value, 16)
    memo.keep("a", value, 16)
    assert memo.nbytes == 16
    assert memo.get("a") is value


def test_a_changed_value_is_gone_with_its_bytes():
    memo, value = Memo(), torch.zeros(4)
    memo.keep("a", value, 16)
    value.add_(1)
    assert memo.get("a") is None
    assert memo.nbytes == 0
