"""Addresses of a model's components, the same in Python, captions and files.

``L7.H3`` is head 3 of block 7, ``L7.H3.q`` its queries (k, v and pattern likewise),
``L7.MLP`` a block's MLP, ``L7.MLP.n120`` one of its neurons, ``L7.attn_out`` what all
heads together add to the stream, ``L7.resid_pre`` the stream before the block.
``@cls``, ``@reg0`` or ``@(4,9)`` (row, column of a patch) narrows any of them to one
token. Everything is counted from zero.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vitwidgets.models.sites import in_block

_HEAD_PARTS = {
    "z": "attn.hook_z",
    "q": "attn.hook_q",
    "k": "attn.hook_k",
    "v": "attn.hook_v",
    "pattern": "attn.hook_pattern",
}
_STREAM_PARTS = {
    "mlp": "hook_mlp_out",
    "attn_out": "hook_attn_out",
    "resid_pre": "hook_resid_pre",
    "resid_mid": "hook_resid_mid",
    "resid_post": "hook_resid_post",
}
_NEURON = "neuron"
_ADDRESS = re.compile(
    r"L(?P<layer>\d+)\."
    r"(?:H(?P<head>\d+)(?:\.(?P<head_part>q|k|v|pattern))?"
    r"|(?P<mlp>MLP)(?:\.n(?P<neuron>\d+))?"
    r"|(?P<stream>attn_out|resid_pre|resid_mid|resid_post))"
    r"(?:@(?P<token>[a-z]\w*|\(\d+,\d+\)))?"
)


@dataclass(frozen=True)
class Address:
    """One component of a model, of one token if `token` is given.

    Attributes
    ----------
    layer
        Index of the block.
    part
        ``"z"``, ``"q"``, ``"k"``, ``"v"`` or ``"pattern"`` of a head; ``"neuron"``;
        ``"mlp"``; ``"attn_out"``; ``"resid_pre"``, ``"resid_mid"`` or
        ``"resid_post"``.
    index
        Index of the head or neuron; None for the other parts.
    token
        A token's label as `PatchGrid.label` writes it; None for all tokens.

    Examples
    --------
    >>> Address.parse("L7.H3.q@(4,9)").site
    'blocks.7.attn.hook_q'
    >>> str(Address(layer=7, part="z", index=3, token="cls"))
    'L7.H3@cls'
    """

    layer: int
    part: str
    index: int | None = None
    token: str | None = None

    def __post_init__(self) -> None:
        if self.part not in (*_HEAD_PARTS, *_STREAM_PARTS, _NEURON):
            raise ValueError(
                f"no component has a part {self.part!r}: the parts are "
                f"{', '.join((*_HEAD_PARTS, _NEURON, *_STREAM_PARTS))}"
            )
        numbered = self.part in _HEAD_PARTS or self.part == _NEURON
        if numbered != (self.index is not None):
            raise ValueError(
                f"{self.part} {'needs' if numbered else 'takes no'} index of a head "
                f"or neuron, got {self.index}"
            )
        if _ADDRESS.fullmatch(str(self)) is None:
            raise ValueError(
                f"{str(self)!r} is no address: indices are counted from zero, and a "
                f"token is written as 'cls' or '(row,column)'"
            )

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address; raises ValueError if it is none."""
        match = _ADDRESS.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"{text!r} is no address: write 'L7.H3', 'L7.H3.q' (or k, v, pattern), "
                f"'L7.MLP', 'L7.MLP.n120', 'L7.attn_out' or 'L7.resid_pre' (or "
                f"resid_mid, resid_post), then '@cls' or '@(4,9)' for one token"
            )
        layer, token = int(match["layer"]), match["token"]
        if match["head"] is not None:
            return cls(layer, match["head_part"] or "z", int(match["head"]), token)
        if match["neuron"] is not None:
            return cls(layer, _NEURON, int(match["neuron"]), token)
        return cls(layer, "mlp" if match["mlp"] else match["stream"], None, token)

    @property
    def site(self) -> str:
        """Name of the site that holds the component."""
        if self.part == _NEURON:
            return in_block(self.layer, "mlp.hook_post")
        suffix = _HEAD_PARTS.get(self.part) or _STREAM_PARTS[self.part]
        return in_block(self.layer, suffix)

    def __str__(self) -> str:
        if self.part in _HEAD_PARTS:
            ending = "" if self.part == "z" else f".{self.part}"
            component = f"H{self.index}{ending}"
        elif self.part == _NEURON:
            component = f"MLP.n{self.index}"
        else:
            component = "MLP" if self.part == "mlp" else self.part
        token = "" if self.token is None else f"@{self.token}"
        return f"L{self.layer}.{component}{token}"
