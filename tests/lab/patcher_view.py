"""Click-to-patch of the bundled model in a notebook, and what its plain module says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from playwright.sync_api import expect

import vitwidgets as vw
from tests.browser.patcher_grids import Grids
from tests.browser.patcher_page import Patcher
from tests.lab.emoji_vit import HEADS, LAYERS, NAMES, SCENE, SIDE, plain_module
from tests.lab.lens_view import view_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor
    from torch.utils.hooks import RemovableHandle

    from tests.lab.jupyterlab import Lab, Notebook

DONOR = "dog-alone"
CAT, DOG = NAMES.index("cat"), NAMES.index("dog")
MINUS = "\N{MINUS SIGN}"
LOGIT = re.compile(rf"[+{MINUS}]?\d+\.\d+")
ARGUMENTS = f'model, scene, vw.images.sample("{DONOR}")'


@dataclass
class EmojiVitRuns:
    """The plain module in double precision, with hooks written here."""

    rows: int = SIDE
    columns: int = SIDE
    prefix: list[str] = field(default_factory=lambda: ["cls"])
    scene: str = SCENE
    donor: str = DONOR

    def token(self, row: int, column: int) -> int:
        return len(self.prefix) + row * self.columns + column

    def logits(
        self,
        heads: Iterable[tuple[int, int]] = (),
        patches: Iterable[tuple[int, int, int]] = (),
    ) -> Tensor:
        """Run the scene with parts of the donor's run, ``(class,)``.

        `heads` are layers and heads, whose output is replaced at all tokens; `patches`
        are layers, rows and columns, where the stream into the block is.
        """
        module = plain_module()
        for layer, head in heads:
            _replace_head(module, layer, head, self._taken[f"z{layer}"])
        for layer, row, column in patches:
            token, values = self.token(row, column), self._taken[f"stream{layer}"]
            _replace_token(module, layer, token, values)
        with torch.no_grad():
            return module(_pixels(self.scene))[0]

    @cached_property
    def _taken(self) -> dict[str, Tensor]:
        """What blocks and their projections take in the donor's run."""
        module, found = plain_module(), {}

        def keep(name: str) -> Any:
            return lambda _, taken: found.update({name: taken[0].clone()})

        for layer, block in enumerate(module.blocks):
            block.register_forward_pre_hook(keep(f"stream{layer}"))
            block.attn.proj.register_forward_pre_hook(keep(f"z{layer}"))
        with torch.no_grad():
            module(_pixels(self.donor))
        return found


def _replace_head(
    module: Any, layer: int, head: int, values: Tensor
) -> RemovableHandle:
    width = values.shape[-1] // HEADS
    channels = slice(head * width, (head + 1) * width)

    def replace(_: Any, taken: tuple[Tensor]) -> Tensor:
        z = taken[0].clone()
        z[..., channels] = values[..., channels]
        return z

    return module.blocks[layer].attn.proj.register_forward_pre_hook(replace)


def _replace_token(
    module: Any, layer: int, token: int, values: Tensor
) -> RemovableHandle:
    def replace(_: Any, taken: tuple[Tensor]) -> Tensor:
        stream = taken[0].clone()
        stream[:, token] = values[:, token]
        return stream

    return module.blocks[layer].register_forward_pre_hook(replace)


def _pixels(scene: str) -> Tensor:
    preprocessing: Any = vw.load_model().preprocessing
    found = vw.images.prepare_image(vw.images.sample(scene), preprocessing)
    return found.pixels.double()


@dataclass(frozen=True)
class PatcherNotebook:
    """A fresh view in cell 1 of a notebook, called ``view``; cell 2 is empty."""

    notebook: Notebook
    view: Patcher
    data: EmojiVitRuns

    @property
    def lab(self) -> Lab:
        return self.notebook.lab

    @property
    def heads(self) -> Grids:
        return Grids(self.view, (LAYERS, HEADS))

    def state(self, **expected: Any) -> None:
        """Wait until the view in the kernel has this state."""
        found = f"{{name: getattr(view, name) for name in {list(expected)}}}"
        self.notebook.wait_for_value(found, expected)

    def addresses(self, *expected: str) -> None:
        """Wait until these are the kernel's edits, in this order."""
        found = "[edit['address'] for edit in view.interventions]"
        self.notebook.wait_for_value(found, list(expected))

    def expect_logits(self, logits: Tensor) -> None:
        expect_logits(self.view, logits)


def expect_logits(view: Patcher, logits: Tensor) -> None:
    """Wait until this is what is painted: name, share, difference, flipped or not.

    The kernel runs in single precision.
    """
    top = int(logits.argmax())
    shown = view.headline.locator(".vw-says:visible").last
    expect(shown).to_contain_text(NAMES[top])
    expected = float(logits[DOG] - logits[CAT])
    for _ in range(100):
        text = view.difference.inner_text()
        found = float(LOGIT.findall(text)[-1].replace(MINUS, "-"))
        if abs(found - expected) < 1e-3:  # printed with three decimals
            break
        view.root.page.wait_for_timeout(50)
    assert abs(found - expected) < 1e-3, f"{text} where it is {expected}"
    expect(view.prediction).to_have_attribute("aria-busy", "false")
    share = float(logits.softmax(-1)[top])
    assert abs(float(_percent(shown.inner_text())) - 100 * share) < 0.6
    for row in view.rows.all()[1:3]:
        name, *numbers = row.inner_text().split()
        share = float(logits.softmax(-1)[NAMES.index(name)])
        assert abs(float(_percent(" ".join(numbers))) - 100 * share) < 0.6


def _percent(text: str) -> str:
    found = re.search(r"([\d.]+)\s%", text)
    assert found, text
    return found[1]


def fresh_patcher(
    notebook: Notebook, data: EmojiVitRuns, arguments: str = ARGUMENTS
) -> PatcherNotebook:
    notebook.run_cell(2, "pass")
    notebook.run_cell(1, f"view = vw.ClickToPatch({arguments})\nview")
    assert notebook.errors() == []
    return PatcherNotebook(notebook, patcher_in(notebook, 1, data), data)


def patcher_in(notebook: Notebook, cell: int, data: EmojiVitRuns) -> Patcher:
    """Return the only view of a cell's output, once it shows a prediction."""
    view = Patcher(view_in(notebook, cell), data)
    expect(view.headline).to_be_visible()
    expect(view.prediction).to_have_attribute("aria-busy", "false")
    return view
