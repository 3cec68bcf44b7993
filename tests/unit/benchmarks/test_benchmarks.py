"""Every benchmark at its smallest size: it runs, and gives figures."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import math
import os
import pkgutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import comm
import pytest
import timm
import torch

import benchmarks
from benchmarks import (
    click_to_patch,
    cold_lab,
    head_statistics,
    hover,
    intervention,
    kernels,
    layer_slider,
    lens,
    lens_payload,
    live_page,
    many_clicks,
    model_calls,
    one_kernel,
    other_tools,
    patching,
    payload,
    reading,
    startup,
)
from benchmarks.__main__ import BUDGETED
from benchmarks.measuring import Row
from benchmarks.page import page
from benchmarks.subjects import Subject, toy
from tests.benchmark_rows import expect_rows, figures
from vitwidgets import AttentionHeadTour, load_model
from vitwidgets.methods.lens_readings import read_tokens
from vitwidgets.methods.logit_lens import LogitLens

SMALLEST = Subject(
    "smallest",
    "vit_tiny_patch16_224",
    batch=2,
    rounds=2,
    options={"depth": 2, "img_size": 32},
)
PICTURE = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
HAS_NNSIGHT = importlib.util.find_spec("nnsight") is not None
# Tested beside the other things in a real JupyterLab.
IN_JUPYTERLAB = {click_to_patch, cold_lab}
# Stands in for a program that imports torch, which is tested by itself.
SAYS_OPEN = (
    "-c",
    "import sys; print('open', flush=True); sys.stdin.readline() and print([0.25])",
)
RUNS = {
    startup: lambda: startup.rows(rounds=1),
    payload: lambda: payload.rows(SMALLEST, SMALLEST),
    lens_payload: lambda: lens_payload.rows(SMALLEST),
    hover: lambda: hover.rows([(SMALLEST, 8.0)], moves=5),
    layer_slider: lambda: layer_slider.rows(SMALLEST, rounds=1),
    kernels: lambda: kernels.rows(2, 3, 1, bare=SAYS_OPEN, ours=SAYS_OPEN),
    live_page: lambda: live_page.rows(clicks=3),
    model_calls: lambda: model_calls.rows(SMALLEST),
    lens: lambda: lens.rows(SMALLEST),
    head_statistics: lambda: head_statistics.rows(SMALLEST),
    patching: lambda: patching.rows(SMALLEST, rounds=1),
    many_clicks: lambda: many_clicks.rows(20, 10, ThreadPoolExecutor(1)),
    intervention: lambda: intervention.rows(rounds=2),
}


# A program of its own: importing nnsight alters every object.
NNSIGHT_AGAINST_BARE_HOOKS = """
import torch
from benchmarks import nnsight_calls, other_tools
from benchmarks.subjects import toy

module, images = toy()
seen = []
for block in module.blocks:
    for part in (block.attn, block):
        part.register_forward_hook(lambda _part, _args, output: seen.append(output))
traced = nnsight_calls.TracedViT(other_tools.twin(toy()[0]))
with torch.no_grad():
    plain = module(images)
    logits, kept = traced.streams(images)
    assert torch.equal(logits, plain)
    assert len(kept) == len(seen) == 24
    assert all(map(torch.equal, kept, seen))
    edited = other_tools.without_heads(module, images, 6)
    assert not torch.equal(edited, plain)
    assert torch.equal(traced.without_heads(images, 6), edited)
"""


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Small matrices: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _without_nnsight(monkeypatch):
    """Importing it alters every object, which other tests should not have to see."""
    monkeypatch.setattr(other_tools, "nnsight_calls", lambda: "not in this test")


@pytest.fixture(autouse=True)
def _comm_as_it_was(monkeypatch):
    """Benchmarks listen to what widgets send, each in a process of its own."""
    publish = comm.DummyComm.publish_msg
    monkeypatch.setattr(comm.DummyComm, "publish_msg", publish)


def test_every_benchmark_with_a_budget_is_run():
    assert {*RUNS, *IN_JUPYTERLAB} == set(BUDGETED)


@pytest.mark.parametrize("module", RUNS, ids=lambda module: module.__name__)
def test_rows_hold_finite_figures(module):
    expect_rows(RUNS[module]())


def test_a_kernel_opens_its_widget_and_clicks_for_a_line(monkeypatch, capsys):
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)
    monkeypatch.setattr(sys, "argv", ["one_kernel", "2"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    one_kernel.main()
    said, clicks = capsys.readouterr().out.splitlines()
    assert said == "open"
    assert len(json.loads(clicks)) == 2
    assert min(json.loads(clicks)) > 0

    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    one_kernel.main()
    assert capsys.readouterr().out == "open\n"


@pytest.mark.parametrize("program", [kernels.REFERENCE, cold_lab.REFERENCE])
def test_references_run_a_model_of_timm(monkeypatch, program):
    outputs = []
    module = timm.models.VisionTransformer
    forward = module.forward
    monkeypatch.setattr(
        module, "forward", lambda *given: outputs.append(forward(*given)) or outputs[-1]
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    exec(program, {})  # noqa: S102 (they are written here)
    assert [output.shape for output in outputs] == [(1, 1000)]


def test_a_kernel_that_ends_early_is_no_benchmark():
    with pytest.raises(RuntimeError, match="the kernel ended"):
        kernels.at_once(("-c", "pass"), 2)


def test_clicks_are_of_all_kernels():
    found = kernels.at_once(SAYS_OPEN, 3)
    assert found.clicks == [0.25] * 3
    assert found.opened > 0
    assert found.memory > 0


def test_every_module_can_be_imported():
    names = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    assert {"__main__", "nnsight_calls", "page", "subjects"} <= names
    for name in names - {"nnsight_calls"}:
        importlib.import_module(f"benchmarks.{name}")


def test_each_way_of_reading_gives_a_multiple_of_the_plain_forward():
    (line,) = reading.readings((SMALLEST,))
    assert line.model == "smallest"
    cells = dict(zip(reading.COLUMNS, line.cells, strict=True))
    assert cells.pop(reading.NNSIGHT) == "not installed"
    for cell in cells.values():
        assert figures(cell)
        assert all(0 < figure < math.inf for figure in figures(cell)), cell
    assert cells[reading.PLAIN].endswith("ms")
    assert "MB" not in cells[reading.HOOK]
    depth, sites, batch, tokens, d_model, item = 2, 2, 2, 5, 192, 4
    megabytes = depth * sites * batch * tokens * d_model * item / 1e6
    held = figures(cells[reading.STREAMS])[1]
    assert held == pytest.approx(megabytes, rel=5e-3)  # printed with three digits


def test_cloning_holds_a_copy_of_what_each_part_gives():
    module, images = SMALLEST.build()
    eager = other_tools.eager_twin(module)
    with torch.no_grad():
        logits, kept = other_tools.clone_everything(eager, images)
        torch.testing.assert_close(logits, module(images))
    assert len(kept) == len(list(module.modules()))
    places = {value.untyped_storage().data_ptr() for value in kept}
    assert len(places) == len(kept)  # an identity's output is a copy as well
    patterns = [value for value in kept if value.shape == (2, 3, 5, 5)]
    assert len(patterns) == 2
    for pattern in patterns:
        torch.testing.assert_close(pattern.sum(-1), torch.ones(2, 3, 5))
    assert not any(part._forward_hooks for part in eager.modules())


def test_a_twin_shares_its_weights_and_nothing_else():
    module, _ = toy()
    twin = other_tools.twin(module)
    assert twin.blocks[0] is not module.blocks[0]
    assert twin.head.weight is module.head.weight
    before = module.blocks[0].attn.fused_attn
    other_tools.eager_twin(module)
    assert module.blocks[0].attn.fused_attn == before


def test_memory_shared_by_tensors_counts_once():
    tensor = torch.zeros(1000)
    assert other_tools.megabytes([tensor, tensor[:10], torch.zeros(500)]) == 0.006


def test_a_changed_answer_is_no_benchmark(monkeypatch):
    monkeypatch.setattr(
        other_tools, "without_heads", lambda module, images, _layer: module(images)
    )
    with pytest.raises(AssertionError, match="another change"):
        intervention.rows(rounds=1)


def test_a_lens_of_another_answer_is_no_benchmark(monkeypatch):
    def other_readings(self, *, top):
        logits = self.logits(-1)  # of the embedding
        return read_tokens(logits[:, None], top, [], 0)

    monkeypatch.setattr(LogitLens, "readings", other_readings)
    with pytest.raises(AssertionError):
        lens.rows(SMALLEST)


def test_bytes_are_of_all_that_a_view_sends():
    view, messages = payload.opened(lambda: AttentionHeadTour(load_model(), PICTURE))
    assert view.picture.shape == (64, 64, 3)
    states = [data["state"] for data, _ in messages if "state" in data]
    assert any(state.get("model_name") == "emoji-vit" for state in states)
    buffers = [bytes(buffer) for _, found in messages for buffer in found]
    assert view.picture.tobytes() in buffers


@pytest.mark.skipif(not HAS_NNSIGHT, reason="only `make bench` installs nnsight")
def test_nnsight_reads_and_writes_what_bare_hooks_do():
    program = [sys.executable, "-c", NNSIGHT_AGAINST_BARE_HOOKS]
    subprocess.run(program, check=True, cwd=Path(benchmarks.__file__).parents[1])


def test_nnsight_that_is_missing_is_named_in_the_row(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "nnsight", None)
    (row,) = intervention.rows(rounds=1)
    assert "nnsight is not installed" in row.reference
    assert "make bench" in row.reference


def test_the_page_has_every_row_and_what_was_measured_on():
    rows = [Row("a thing", "reference 1 ms", "2 ms", "3 ms", met=True)]
    rows.append(Row("another", "4 ms", "9 ms", "5 ms", met=False))
    cells = tuple(f"cell {index}" for index in range(len(reading.COLUMNS)))
    text = page(rows, [reading.Reading("a model", cells)])
    assert "| a thing | reference 1 ms | 2 ms | 3 ms | yes |" in text
    assert "| another | 4 ms | 9 ms | 5 ms | **no** |" in text
    assert "| a model | cell 0 | cell 1 | " in text
    assert f"torch {torch.__version__.partition('+')[0]}" in text
