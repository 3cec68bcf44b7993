"""The table of how well a sweep's order does, on scenes that ship."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks import patching_order
from vitwidgets import images, load_model
from vitwidgets.methods.attribution_patching import attribution_patching
from vitwidgets.mice.batches import to_pixels


def test_strongest_are_counted_in_the_first_quarter():
    model = load_model()
    pixels = [
        to_pixels(torch.tensor(np.array(images.sample(name).image))[None])
        for name in ("cat-alone", "dog-alone")
    ]
    base, donor = (model.run_with_cache(image)[1] for image in pixels)
    count, likeness = patching_order.measured(model, base, donor, "denoising")
    site = "blocks.{}.attn.hook_z"
    with torch.no_grad():
        ours, theirs = (model(image)[0] for image in pixels)
        classes = int(theirs.argmax()), int(ours.argmax())
        changes = []
        for layer in range(model.config.n_layers):
            for head in range(model.config.n_heads):
                value = base[site.format(layer)].clone()
                value[:, :, head] = donor[site.format(layer)][:, :, head]
                hook = (site.format(layer), lambda z, point, value=value: value)
                logits = model.run_with_hooks(pixels[0], [hook])[0]
                moved = (logits - ours)[list(classes)]
                changes.append(float(abs(moved[0] - moved[1])))
    strongest = sorted(range(len(changes)), key=lambda unit: -changes[unit])[:5]
    preview = attribution_patching(model, base, donor, over="heads")
    first = preview.order()[: -(-len(changes) // 4)]
    assert count == len(set(strongest) & set(first))
    assert -1 <= likeness <= 1


def test_table_has_the_share_with_its_interval():
    text = patching_order.table({"denoising": [(5, 0.5)] * 8 + [(4, 0.5)] * 2})
    assert "| denoising | 10 | 80% (49% to 94%) | 4.80 | median 0.50" in text
