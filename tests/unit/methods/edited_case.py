"""An image to be edited, and runs of it by the textbook."""

from __future__ import annotations

import pytest
import torch

from tests.unit.methods.patching_runs import double_vit, plain_run, two_images
from tests.unit.methods.small_vits import pixels
from vitwidgets.methods.edit_controls import edit_controls

GRID = "square, cls"


class Case:
    """A clean image, a donor of another class and some others, with plain runs."""

    def __init__(self):
        self.model = double_vit(GRID)
        self.image, self.other = two_images(self.model)
        self.many = pixels(self.model.grid, 6, seed=9).double()
        runs = [self.model.run_with_cache(x)[1] for x in (self.image, self.other)]
        self.clean, donor = runs
        _, self.reference = self.model.run_with_cache(self.many)
        self.sources = {"donor": donor, "many": self.reference}
        self.versus, self.target = (
            int(self.plain(x)[0].argmax()) for x in (self.image, self.other)
        )

    def plain(self, image, edits=()):
        """Logits of a run by hand, with values set: (site, index, value)."""
        by_site = {}
        for site, index, value in edits:
            by_site.setdefault(site, []).append((index, value))

        def setting(changes):
            def change(own):
                new = own.clone()
                for index, value in changes:
                    new[index] = value
                return new

            return change

        return plain_run(
            self.model.module,
            image,
            {site: setting(changes) for site, changes in by_site.items()},
        )[0]

    def value(self, image, site):
        return plain_run(self.model.module, image, {})[1][site]

    def rows(self, edits, **options):
        given = {"target": self.target, "sources": self.sources, **options}
        sources = given.pop("sources")
        rows = edit_controls(self.model, self.clean, edits, sources, **given)
        return {row.name: row for row in rows}

    def check(self, row, runs):
        """Compare a row with logits ``(run, class)`` by hand."""
        logits = torch.cat(list(runs))
        assert row.n == len(logits)
        assert row.flips == sum(int(each.argmax()) == self.target for each in logits)
        mean = float(logits.softmax(-1)[:, self.target].mean())
        assert row.probability == pytest.approx(mean, abs=1e-9)
        gap = logits[:, self.target] - logits[:, self.versus]
        assert row.difference == pytest.approx(float(gap.mean()), abs=1e-8)


def z(layer):
    return f"blocks.{layer}.attn.hook_z"


def head(number):
    return (slice(None), slice(None), number)
