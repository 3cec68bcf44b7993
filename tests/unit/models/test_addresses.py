from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitwidgets.models.addresses import Address

SITES = {
    "L7.H3": "blocks.7.attn.hook_z",
    "L7.H3.q": "blocks.7.attn.hook_q",
    "L7.H3.k": "blocks.7.attn.hook_k",
    "L7.H3.v@cls": "blocks.7.attn.hook_v",
    "L7.H3.pattern": "blocks.7.attn.hook_pattern",
    "L0.MLP": "blocks.0.hook_mlp_out",
    "L0.MLP.n120@(4,9)": "blocks.0.mlp.hook_post",
    "L7.attn_out": "blocks.7.hook_attn_out",
    "L7.attn_out@(4,9)": "blocks.7.hook_attn_out",
    "L12.resid_pre@reg0": "blocks.12.hook_resid_pre",
    "L12.resid_mid": "blocks.12.hook_resid_mid",
    "L12.resid_post@dist": "blocks.12.hook_resid_post",
}


@pytest.mark.parametrize(("text", "site"), SITES.items())
def test_addresses_name_their_sites_and_survive_the_round_trip(text, site):
    address = Address.parse(text)
    assert address.site == site
    assert str(address) == text


TOKENS = st.none() | st.sampled_from(["cls", "dist", "reg0", "reg12", "(0,0)", "(4,9)"])
HEADS = st.builds(
    Address,
    st.integers(0, 99),
    st.sampled_from(["z", "q", "k", "v", "pattern", "neuron"]),
    st.integers(0, 9999),
    TOKENS,
)
STREAMS = st.builds(
    Address,
    st.integers(0, 99),
    st.sampled_from(["mlp", "attn_out", "resid_pre", "resid_mid", "resid_post"]),
    st.none(),
    TOKENS,
)


@given(HEADS | STREAMS)
def test_every_address_can_be_read_back(address):
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *("", "L7", "H3", "L7.H", "L7.H3.x", "L-1.H0", "L7.MLP.120", "L7.H3@"),
        *("L7.H3@(4)", "L7.attn", "L7.attn_out.H3"),
    ],
)
def test_texts_that_are_no_address_are_refused(text):
    with pytest.raises(ValueError, match="is no address"):
        Address.parse(text)


@pytest.mark.parametrize(
    "parts",
    [(0, "logits"), (0, "z"), (0, "mlp", 3), (-1, "mlp"), (0, "mlp", None, "the dog")],
)
def test_impossible_addresses_are_refused(parts):
    with pytest.raises(ValueError, match=r"no component|index of a head|no address"):
        Address(*parts)
