from __future__ import annotations

import pytest

from vitwidgets.models.errors import UnknownSiteError
from vitwidgets.models.sites import (
    AFTER_BLOCKS,
    BEFORE_BLOCKS,
    IN_BLOCK,
    axes_of,
    in_block,
    select,
    split_name,
)

ALL = (
    *BEFORE_BLOCKS,
    *(in_block(layer, suffix) for layer in range(3) for suffix in IN_BLOCK),
    *AFTER_BLOCKS,
)
NAMES = dict.fromkeys(name for name in ALL if name != "hook_ln_pre")
MISSING = {"hook_ln_pre": "it has no norm before its first block"}


def chosen(wanted):
    return select(wanted, NAMES, MISSING)


def test_none_means_every_site():
    assert chosen(None) == tuple(NAMES)


def test_the_order_is_that_of_the_forward_pass_whatever_was_asked():
    wanted = ["hook_logits", "blocks.2.hook_resid_pre", "blocks.*.attn.hook_z"]
    assert chosen(wanted) == (
        "blocks.0.attn.hook_z",
        "blocks.1.attn.hook_z",
        "blocks.2.hook_resid_pre",
        "blocks.2.attn.hook_z",
        "hook_logits",
    )


def test_a_function_of_the_name_chooses():
    assert chosen(lambda name: name.startswith("blocks.1.mlp")) == (
        "blocks.1.mlp.hook_pre",
        "blocks.1.mlp.hook_post",
    )


def test_every_name_has_axes():
    assert all(axes_of(name)[0] == "batch" for name in ALL)
    assert axes_of("blocks.1.attn.hook_pattern") == ("batch", "head", "query", "key")
    assert split_name("blocks.11.ln1.hook_scale") == (11, "ln1.hook_scale")
    assert split_name("hook_logits") == (None, "hook_logits")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("blocks.1.attn.hook_zz", r"unknown site .*did you mean 'blocks.1.attn.hook_z"),
        ("blocks.3.attn.hook_z", r"no block 3 .*0 to 2"),
        ("hook_ln_pre", r"no site 'hook_ln_pre': it has no norm"),
        ("*ln_pre", r"no site 'hook_ln_pre': it has no norm"),
        ("nothing*", r"unknown site 'nothing\*'"),
        ("", r"unknown site ''"),
        ([], r"empty list"),
        (["hook_logits", "hook_logit"], r"did you mean 'hook_logits'"),
        (lambda name: False, r"chose none of the"),
    ],
)
def test_requests_for_nothing_say_what_there_is(wanted, message):
    with pytest.raises(UnknownSiteError, match=message) as caught:
        chosen(wanted)
    assert not str(caught.value).startswith(("'", '"'))


@pytest.mark.parametrize("wanted", [3, [3], [None], 2.5])
def test_requests_of_no_accepted_kind_are_refused(wanted):
    with pytest.raises(TypeError, match="name, a glob, a list of these or a function"):
        chosen(wanted)
