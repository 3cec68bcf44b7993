"""What an instrumented module could have left behind, and interrupts in its midst."""

from __future__ import annotations

import itertools
import sys

import torch

from vitwidgets.models.interception.session import _LIVE, live_session


def traces(module):
    """Everything that an instrumented module could have left on it or around it."""
    return {
        "hooks": sum(
            len(part._forward_hooks) + len(part._forward_pre_hooks)
            for part in module.modules()
        ),
        "attributes": [sorted(vars(part)) for part in module.modules()],
        "training": [part.training for part in module.modules()],
        "fused": [block.attn.fused_attn for block in module.blocks],
        "modes": torch._C._len_torch_function_stack(),
        "live": dict(_LIVE.get()),
        "session": live_session(module),
        "parameters": [
            (p.requires_grad, p.dtype, p.device, p.data_ptr(), p._version)
            for p in module.parameters()
        ],
    }


def add_one(value, hook):
    return value + 1


def interrupted_at_line(number, file, run):
    """Whether `run` had enough calls and lines in a file to be interrupted there."""
    count = itertools.count(1)

    def trace(frame, event, arg):
        if frame.f_code.co_filename != file:
            return None
        if next(count) == number:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False
