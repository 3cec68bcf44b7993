"""A page opened from disk that computes a model by itself, and PyTorch beside it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitwidgets.methods.interventions import Intervention, site_means
from vitwidgets.publishing import live_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from playwright.sync_api import Page

    from vitwidgets.models import ActivationCache, HookedViT

ROOT = Path(__file__).parents[2]
POLICY = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'"
PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<title>A live model</title>
<script id="model" type="application/json">$model</script>
<script>$script</script>
</html>
""")
SITES = [
    "blocks.*.hook_*",
    *(f"blocks.*.attn.hook_{part}" for part in "zqkv"),
]
LOAD = """async () => {
  const packed = JSON.parse(document.getElementById("model").textContent);
  window.live = await vwLive.LiveModel.load(packed);
  window.runs = new Map();
}"""
KEEP = """([name, pixels]) => {
  const run = live.run(Float32Array.from(pixels));
  runs.set(name, run);
  return Array.from(run.logits);
}"""
PREDICT = """async ([clean, lists, references]) => {
  const means = references.length
    ? await vwLive.meanValues(references.map((name) => runs.get(name)))
    : null;
  return lists.map((edits) =>
    Array.from(live.predict(runs.get(clean), edits, { donors: runs, means })));
}"""


def live_script() -> str:
    """Bundle the script that pages compute with."""
    command = [
        ROOT / "node_modules" / ".bin" / "esbuild",
        ROOT / "js" / "src" / "live" / "index.ts",
        *("--bundle", "--minify", "--format=iife", "--global-name=vwLive"),
        *("--target=es2022", "--charset=utf8"),
    ]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf8")
    return done.stdout


def page_text(packed: Mapping[str, object], script: str, policy: str = POLICY) -> str:
    model = json.dumps(packed).replace("<", "\\u003c")
    return PAGE.substitute(policy=policy, model=model, script=script)


def edit(address: str, kind: str = "patch", *tokens: str, **others: Any) -> dict:
    """Give an edit as a page is asked with it."""
    source = "donor" if kind in ("patch", "steer") else ""
    return {
        "address": address,
        "tokens": list(tokens),
        "kind": kind,
        "strength": 1.0,
        "source": source,
        "seed": 0,
        **others,
    }


class LivePage:
    """A page with a model; runs of images are kept in it by name."""

    def __init__(self, page: Page, folder: Path, model: HookedViT, script: str) -> None:
        path = folder / "live.html"
        path.write_text(page_text(live_model(model).packed, script), "utf8")
        self.page = page
        page.goto(path.as_uri())
        page.evaluate(LOAD)

    def keep(self, name: str, pixels: torch.Tensor) -> np.ndarray:
        """Run ``(1, 3, height, width)`` and return its logits, ``(class,)``."""
        numbers = pixels.flatten().tolist()
        return np.array(self.page.evaluate(KEEP, [name, numbers]), np.float32)

    def predict(
        self,
        clean: str,
        lists: Sequence[Sequence[Mapping[str, Any]]],
        references: Sequence[str] = (),
    ) -> np.ndarray:
        """Return the logits of each list of edits, ``(list, class)``."""
        found = self.page.evaluate(PREDICT, [clean, lists, references])
        return np.array(found, np.float32)


@dataclass
class PlainEdits:
    """What PyTorch says of edits: the hooked model, from a full run each."""

    model: HookedViT
    clean: torch.Tensor
    references: Sequence[torch.Tensor]
    donors: dict[str, ActivationCache] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._means = site_means(self.model, list(self.references), SITES)

    def add(self, name: str, pixels: torch.Tensor) -> None:
        self.donors[name] = self.model.run_with_cache(pixels)[1]

    def logits(self, edits: Sequence[Mapping[str, Any]]) -> np.ndarray:
        sources: dict[str, Any] = {**self.donors, "means": self._means}
        interventions = []
        for number, each in enumerate(edits):
            source = each["source"] or None
            if each["kind"] == "steer":
                source = f"vector {number}"
                sources[source] = self._difference(each)
            elif each["kind"] == "mean":
                source = "means"
            fields = {**each, "tokens": tuple(each["tokens"]), "source": source}
            interventions.append(Intervention(**fields))
        with (
            torch.no_grad(),
            self.model.with_interventions(interventions, sources) as model,
        ):
            return model(self.clean)[0].numpy()

    def _difference(self, each: Mapping[str, Any]) -> torch.Tensor:
        """Give the donor's value minus the clean one, averaged over the tokens."""
        place = Intervention(each["address"], "zero").place
        _, clean = self.model.run_with_cache(self.clean, place.site)
        runs = self.donors[each["source"]], clean
        values = [run[place.site][0].detach().double() for run in runs]
        if place.index is not None:
            values = [value[:, place.index] for value in values]
        tokens = [self.model.grid.token_of(label) for label in each["tokens"]]
        chosen = [value[tokens] if tokens else value for value in values]
        return (chosen[0] - chosen[1]).mean(0).float()
