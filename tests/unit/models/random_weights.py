from __future__ import annotations

import torch


def randomise(module, seed=0):
    """Make every parameter random and of some size, so that none is without effect."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.dim() < 2:
            parameter.data = 1 + 0.3 * noise
        elif parameter.shape[0] == 1:
            parameter.data = noise
        else:
            parameter.data = noise * parameter[0].numel() ** -0.5
    return module
