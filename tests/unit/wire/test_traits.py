from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from traitlets import HasTraits, List, TraitError, Unicode

from vitwidgets.wire.record import Record, Records
from vitwidgets.wire.traits import Array, Index, Number, checked_index, owned


class Holder(HasTraits):
    index = Index()
    number = Number()
    array = owned(Array("float32"), "py")
    records = owned(
        List(Record("Pair", {"name": Unicode(), "array": Array("float32")})), "py"
    )


@given(st.integers(0, 2**31))
def test_any_integer_type_is_an_index(value: int) -> None:
    holder = Holder()
    for same in (value, np.int64(value), torch.tensor(value)):
        holder.index = same
        assert type(holder.index) is int
        assert holder.index == value


@pytest.mark.parametrize("value", [-1, True, np.bool_(1), 1.0, "1", None, float("nan")])
def test_what_is_no_index_is_refused_and_named(value: object) -> None:
    holder = Holder(index=3)
    with pytest.raises(TraitError, match="index=") as error:
        holder.index = value
    assert str(value) in str(error.value)
    assert holder.index == 3


def test_a_range_is_said() -> None:
    assert checked_index("layer", 5, 6) == 5
    with pytest.raises(TraitError, match=r"layer=6 doesn't exist: layer is 0 to 5"):
        checked_index("layer", 6, 6)


@pytest.mark.parametrize("value", [np.zeros(3), [1.0], None, np.zeros(3, np.uint8)])
def test_an_array_of_another_kind_is_refused(value: object) -> None:
    with pytest.raises(TraitError, match="float32"):
        Holder().array = value


def test_an_array_crosses_as_bytes_with_shape_and_dtype() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    trait = Holder.class_traits()["array"]
    sent = trait.metadata["to_json"](array, None)
    assert (sent["dtype"], sent["shape"]) == ("float32", [3, 2])
    got = np.frombuffer(sent["data"], np.float32).reshape(3, 2)
    np.testing.assert_array_equal(got, array)


def test_arrays_cross_as_bytes_wherever_they_stand() -> None:
    array = np.arange(3, dtype=np.float32)
    holder = Holder(records=[{"name": "first", "array": array}])
    to_json = Holder.class_traits()["records"].metadata["to_json"]
    (sent,) = to_json(holder.records, holder)
    assert sent["name"] == "first"
    assert np.frombuffer(sent["array"]["data"], np.float32).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"name": "a"}, "array missing or unknown"),
        ({"name": "a", "array": np.zeros(1, np.float32), "more": 1}, "more missing"),
        ({"name": 3, "array": np.zeros(1, np.float32)}, "name"),
        ({"name": "a", "array": np.zeros(1)}, "float32"),
        (["name", "array"], "a dictionary with name, array is needed"),
    ],
)
def test_a_record_has_just_its_fields(record: object, fault: str) -> None:
    holder = Holder()
    with pytest.raises(TraitError, match=fault):
        holder.records = [record]
    assert holder.records == []


def test_setting_an_array_notifies() -> None:
    seen = []
    holder = Holder()
    holder.observe(lambda change: seen.append(change["new"]), "array")
    holder.array = np.ones((2, 2), np.float32)
    holder.array = np.zeros((2, 2), np.float32)
    assert [int(a.sum()) for a in seen] == [4, 0]


@pytest.mark.parametrize(
    ("given", "kept"), [(1.0, 1), (2, 2), (-0.5, -0.5), (np.float64(3), 3)]
)
def test_a_number_is_kept_as_a_page_writes_it(given: float, kept: float) -> None:
    holder = Holder(number=given)
    assert holder.number == kept
    assert type(holder.number) is type(kept)


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), "1", None])
def test_what_is_no_finite_number_is_refused(value: object) -> None:
    holder = Holder(number=0.5)
    with pytest.raises(TraitError, match="number"):
        holder.number = value
    assert holder.number == 0.5


def test_a_wrong_record_in_a_list_is_named_with_what_is_wrong() -> None:
    class Shelf(HasTraits):
        books = Records(Record("Book", {"title": Unicode(), "pages": Index()}))

    shelf = Shelf(books=[{"title": "a", "pages": 1}])
    with pytest.raises(TraitError, match=r"books\[1\]: pages=-2 doesn't exist"):
        shelf.books = [{"title": "b", "pages": 2}, {"title": "c", "pages": -2}]
    with pytest.raises(TraitError, match=r"books\[0\]: Book: .* not 'b'"):
        shelf.books = ["b"]
    assert shelf.books == [{"title": "a", "pages": 1}]
