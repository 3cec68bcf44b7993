"""The hooks of one plain forward pass: what they read, and what they change."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from unittest import mock

import torch
import torch.nn.functional as F  # noqa: N812 (as everybody writes it)
from torch import Tensor, nn

Change = Callable[[Tensor], Tensor]
Edits = Mapping[str, Change]
Attend = Callable[..., Tensor]


class Tape:
    """The hooks of one forward pass, what they read, and what they change."""

    def __init__(self, edits: Edits) -> None:
        self.edits = edits
        self.values: dict[str, Tensor] = {}
        self.attend: Attend | None = None
        self._before: defaultdict[nn.Module, list[tuple[Change, int]]]
        self._before = defaultdict(list)
        self._results: list[tuple[object, str, Callable]] = []
        self._after: defaultdict[nn.Module, list[Change]] = defaultdict(list)

    def site(self, name: str, value: Tensor) -> Tensor:
        """Note a value; give what it is replaced by."""
        if name in self.edits:
            value = self.edits[name](value)
        self.values[name] = value
        return value

    def before(self, module: nn.Module, change: Change, argument: int = 0) -> None:
        """Change an argument of a module."""
        self._before[module].append((change, argument))

    def after(self, module: nn.Module, change: Change) -> None:
        """Change the (first) result of a module."""
        self._after[module].append(change)

    def result(self, owner: object, function: str, change: Callable) -> None:
        """Change what a function or method that is no module's forward gives."""
        self._results.append((owner, function, change))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Put the hooks on, and attention by definition in the place of torch's."""
        fused = F.scaled_dot_product_attention

        def attention(*args: Tensor, **kwargs: object) -> Tensor:
            return (self.attend or fused)(*args, **kwargs)

        fast = torch.backends.mha.get_fastpath_enabled()
        with contextlib.ExitStack() as stack:
            stack.callback(torch.backends.mha.set_fastpath_enabled, fast)
            torch.backends.mha.set_fastpath_enabled(False)
            for module, changes in self._before.items():
                hook = _input_hook(changes)
                handle = module.register_forward_pre_hook(hook, with_kwargs=True)
                stack.callback(handle.remove)
            for module, changes in self._after.items():
                handle = module.register_forward_hook(_output_hook(changes))
                stack.callback(handle.remove)
            for owner, function, change in self._results:
                new = _composed(getattr(owner, function), change)
                stack.enter_context(mock.patch.object(owner, function, new))
            stack.enter_context(
                mock.patch.object(F, "scaled_dot_product_attention", attention)
            )
            yield


def _composed(function: Callable, change: Callable) -> Callable:
    return lambda *args, **kwargs: change(function(*args, **kwargs))


def _input_hook(changes: list[tuple[Change, int]]) -> Callable:
    def hook(_: nn.Module, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        new = list(args)
        for change, argument in changes:
            new[argument] = change(new[argument])
        return tuple(new), kwargs

    return hook


def _output_hook(changes: list[Change]) -> Callable:
    def hook(_: nn.Module, args: tuple, out: Tensor | tuple) -> Tensor | tuple:
        value = out[0] if isinstance(out, tuple) else out
        for change in changes:
            value = change(value)
        return (value, *out[1:]) if isinstance(out, tuple) else value

    return hook


def in_turn(*changes: Change) -> Change:
    """Give the function that is each of these in turn, call by call."""
    calls = 0

    def change(value: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return changes[(calls - 1) % len(changes)](value)

    return change


def norm(tape: Tape, module: nn.Module, prefix: str) -> None:
    """Read and change a norm, which is computed by definition."""
    taken: list[Tensor] = []

    def keep(value: Tensor) -> Tensor:
        taken.append(value if value.dim() < 4 else value.flatten(1, 2))
        return value

    def give(out: Tensor) -> Tensor:
        fp32 = "fp32" in type(module).__name__.lower()
        value = taken.pop().to(torch.float32 if fp32 else torch.float64)
        if "rms" not in type(module).__name__.lower():
            value = value - value.mean(-1, keepdim=True)
        scale = (value.pow(2).mean(-1, keepdim=True) + module.eps).sqrt()
        scale = tape.site(f"{prefix}.hook_scale", scale.to(out.dtype))
        value = (value / scale).to(out.dtype)
        value = tape.site(f"{prefix}.hook_normalized", value)
        if module.weight is not None:
            value = value * module.weight
        if getattr(module, "bias", None) is not None:
            value = value + module.bias
        value = tape.site(f"{prefix}.hook_ln_out", value.to(out.dtype))
        return value.reshape(out.shape)

    tape.before(module, keep)
    tape.after(module, give)
