"""Attention of every family, read and changed with ordinary hooks.

`scaled_dot_product_attention` is replaced by its definition while a module runs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F  # noqa: N812 (as everybody writes it)
from torch import Tensor, nn

from tests.parity.blueprints import ATTENTIONS, Attention, class_of, part

if TYPE_CHECKING:
    from tests.parity.plain_windows import Windows
    from tests.parity.tape import Tape

if TYPE_CHECKING:
    from tests.parity.plain_windows import Windows
    from tests.parity.tape import Tape


@dataclass
class Running:
    """An attention module while its forward method is running."""

    tape: Tape
    prefix: str
    plan: Attention
    module: nn.Module
    calls: int = 0
    windows: Windows | None = None

    @property
    def grouped(self) -> bool:
        """Whether several heads share their keys and values."""
        return getattr(self.module, "num_kv_groups", 1) > 1

    def site(self, name: str, value: Tensor) -> Tensor:
        """Note a value; give what it is replaced by."""
        return self.tape.site(f"{self.prefix}.hook_{name}", value)

    def of_image(self, name: str, value: Tensor) -> Tensor:
        """Do so for (batch, token, ...), which may be in windows."""
        if self.windows is None:
            return self.site(name, value)
        new = self.site(name, self.windows.in_image(value))
        return self.windows.replaced(value, new)

    def by_token(self, name: str, value: Tensor) -> Tensor:
        """Do so for (batch, head, token, d_head), whose site has tokens first."""
        by_head = self.heads_apart(value).transpose(1, 2)
        return self.site(name, by_head).transpose(1, 2).reshape(value.shape)

    def heads_apart(self, value: Tensor) -> Tensor:
        """(batch * head, ...) -> (batch, head, ...)."""
        if value.dim() > 3:
            return value
        return value.unflatten(0, (-1, self.module.num_heads))

    def by_query(self, name: str, value: Tensor) -> Tensor:
        """Do so for (batch, query, key, head), whose site has heads first."""
        return self.site(name, value.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def attention(tape: Tape, module: nn.Module, prefix: str) -> Running:
    """Read and change an attention module."""
    plan = ATTENTIONS[class_of(module)]
    running = Running(tape, prefix, plan, module)
    if hasattr(module, "proj_w"):
        talking_heads(running)
    else:
        fused(running)
    if isinstance(module, nn.MultiheadAttention):
        torch_output(running, module)
    else:
        output(running, part(module, plan.projection, "out_proj"))
    return running


def fused(running: Running) -> None:
    """Read and change a module that calls the fused softmax."""
    tape, module, plan = running.tape, running.module, running.plan
    differential = hasattr(module, "sub_norm")
    attend = differential_attention if differential else single_attention

    def begin(value: Tensor) -> Tensor:
        running.calls = 0
        tape.attend = functools.partial(attend, running)
        return value

    def end(value: Tensor) -> Tensor:
        tape.attend = None
        return value

    tape.before(module, begin)
    tape.after(module, end)
    for letter, path in (("q", plan.q_norm), ("k", plan.k_norm)):
        if path is not None:
            note = running.by_token if plan.heads_first else running.site
            tape.before(part(module, path), functools.partial(note, letter))
    if separate_v(running):
        # The operands of the dot product are not v itself.
        tape.after(module.v_proj, functools.partial(_values, running))
    if differential:
        tape.before(module.sub_norm, functools.partial(_difference, running))


def separate_v(running: Running) -> bool:
    """Whether v is something else than an operand of the attention."""
    return running.grouped or hasattr(running.module, "v_norm")


def _values(running: Running, value: Tensor) -> Tensor:
    apart = value.unflatten(-1, (running.module.num_kv_heads, -1))
    return running.site("v", apart).flatten(-2)


def _difference(running: Running, mix: Tensor) -> Tensor:
    """Change the difference of two attentions, (batch, head, token, d_head)."""
    values, prefix = running.tape.values, f"{running.prefix}.hook_"
    factor = running.module._compute_lambda()
    plain = values[f"{prefix}pattern"] - factor * values[f"{prefix}pattern2"]
    new = running.site("diff_pattern", plain)
    v = values[f"{prefix}v"]
    mix = mix + torch.einsum("bhqk,bkhd->bhqd", new - plain, v)
    return running.by_token("attn_mix", mix)


def talking_heads(running: Running) -> None:
    """Read and change CaiT's attention, which mixes heads before and after softmax."""
    tape, module = running.tape, running.module
    heads, scale = module.num_heads, module.scale

    def operands(packed: Tensor) -> Tensor:
        q, k, v = packed.unflatten(-1, (3, heads, -1)).unbind(2)
        q, k, v = running.site("q", q), running.site("k", k), running.site("v", v)
        q, k = running.site("rot_q", q * scale) / scale, running.site("rot_k", k)
        return torch.stack((q, k, v), 2).flatten(-3)

    tape.after(module.qkv, operands)
    for part_, name, note in (
        (module.proj_l, "attn_scores", tape.before),
        (module.proj_l, "mixed_scores", tape.after),
        (module.proj_w, "pattern", tape.before),
        (module.proj_w, "mixed_pattern", tape.after),
    ):
        note(part_, functools.partial(running.by_query, name))

    def mix(value: Tensor) -> Tensor:
        return running.site("attn_mix", value.unflatten(-1, (heads, -1))).flatten(-2)

    tape.before(module.proj, mix)


def output(running: Running, projection: nn.Module) -> None:
    """Read and change the heads' values and results at a projection."""
    seen: list[Tensor] = []
    heads = running.module.num_heads
    # A projection that takes neurons, too, takes them after the heads.
    width = getattr(running.module, "in_split", [None])[-1]

    def values(x: Tensor) -> Tensor:
        z = running.of_image("z", x[..., :width].unflatten(-1, (heads, -1)))
        seen.append(z)
        if width is None:
            return z.flatten(-2)
        return torch.cat((z.flatten(-2), x[..., width:]), -1)

    def results(out: Tensor) -> Tensor:
        weight = getattr(projection, "linear", projection).weight
        plain = per_head(seen.pop(), weight[:, :width])
        return out + (running.of_image("result", plain) - plain).sum(-2)

    running.tape.before(projection, values)
    if not getattr(projection, "use_clipped", False):  # else it is no sum of heads
        running.tape.after(projection, results)


def torch_output(running: Running, module: nn.MultiheadAttention) -> None:
    """Do so for torch's own attention, which calls no module to project z."""

    def change(_: Tensor) -> Tensor:
        mix = running.tape.values[f"{running.prefix}.hook_attn_mix"]
        weight, bias = module.out_proj.weight, module.out_proj.bias
        z = running.site("z", mix)
        plain = per_head(z, weight)
        new = running.site("result", plain)
        return F.linear(z.flatten(-2), weight, bias) + (new - plain).sum(-2)

    running.tape.after(module, change)


def per_head(z: Tensor, weight: Tensor) -> Tensor:
    """Give what each head writes: (batch, token, head, d_model)."""
    by_head = weight.unflatten(1, z.shape[-2:])
    return torch.einsum("bthd,mhd->bthm", z, by_head)


def single_attention(running: Running, *args: Tensor, **kwargs: Any) -> Tensor:
    """Attention as it is defined, with its sites."""
    shape = args[0].shape
    if len(shape) == 3:
        args = tuple(running.heads_apart(operand) for operand in args)
        if kwargs["attn_mask"] is not None:
            kwargs["attn_mask"] = running.heads_apart(kwargs["attn_mask"])
    mix = dot_product_attention(running, "", *args, **kwargs)
    return running.by_token("attn_mix", mix).reshape(*shape[:-1], -1)


def differential_attention(running: Running, *args: Tensor, **kwargs: Any) -> Tensor:
    """One of two attentions, as it is defined, with its sites."""
    running.calls += 1
    which = "" if running.calls == 1 else "2"
    return dot_product_attention(running, which, *args, **kwargs)


def dot_product_attention(  # noqa: PLR0917 (the arguments of torch's)
    running: Running,
    which: str,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Attention as it is defined, with its sites but the mix's."""
    assert dropout_p == 0.0
    assert not is_causal
    by_token = running.by_token
    if running.plan.q_norm is None:
        q, k = by_token("q", q), by_token("k", k)
    if which:
        v = running.tape.values[f"{running.prefix}.hook_v"].transpose(1, 2)
    elif not separate_v(running):
        v = by_token("v", v)
    elif hasattr(running.module, "v_norm"):
        v = by_token("normed_v", v)
    q, k = by_token(f"rot_q{which}", q), by_token(f"rot_k{which}", k)
    scores = torch.einsum("bhqd,bhkd->bhqk", q, k)
    scores = scores * (q.shape[-1] ** -0.5 if scale is None else scale)
    if attn_mask is not None:
        bias = attn_mask[(None,) * (4 - attn_mask.dim())]
        scores = scores + running.site("attn_bias", bias)
    scores = running.site(f"attn_scores{which}", scores)
    weights = (scores - scores.amax(-1, keepdim=True)).exp()
    pattern = weights / weights.sum(-1, keepdim=True)
    pattern = running.site(f"pattern{which}", pattern)
    return torch.einsum("bhqk,bhkd->bhqd", pattern, v)
