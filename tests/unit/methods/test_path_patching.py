from __future__ import annotations

import itertools

import pytest
import timm
import torch

from tests.unit.methods.plain_runs import embedded, plain_run
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from tests.unit.models.random_weights import randomise
from vitwidgets.methods.patching.metrics import Metric
from vitwidgets.methods.path_patching import path_patching
from vitwidgets.models import HookedViT
from vitwidgets.models.errors import (
    StaleCacheError,
    UnknownSiteError,
    UnsupportedModelError,
)

METRIC = Metric("difference", 2, 4)
ALL = slice(None)
MODELS = {
    "registers": ("oblong, five", {}),
    "layer scale": ("square, cls", {"init_values": 0.5}),
    "mean of patches": ("oblong, no prefix", {}),
}
SENDERS = ["embedding", "L0.H1", "L0.MLP", "L1.H3", "L1.MLP", "L2.H0", "L2.MLP"]
RECEIVERS = ["L1.H2.q", "L1.MLP", "L2.H0.k", "L2.H1.v", "L2.MLP", "final"]
ORDER = ["embedding", "L0.H", "L0.MLP", "L1.H", "L1.MLP", "L2.H", "L2.MLP", "final"]


def is_path(sender, receiver):
    before, after = (
        next(i for i, start in enumerate(ORDER) if end.startswith(start))
        for end in (sender, receiver)
    )
    return before < after


PATHS = [pair for pair in itertools.product(SENDERS, RECEIVERS) if is_path(*pair)]


def model_and_runs(grid, **options):
    hooked = hooked_vit(GRIDS[grid], **options)
    model = HookedViT(hooked.module.double())
    images = pixels(GRIDS[grid], 2).double()
    with torch.no_grad():
        runs = [model.run_with_cache(images[i : i + 1])[1] for i in range(2)]
    return model, images, runs


@pytest.fixture(name="setting", scope="module", params=MODELS)
def _setting(request):
    grid, options = MODELS[request.param]
    return model_and_runs(grid, **options)


def key_of(end, n_layers):
    """Where a plain run has an end's value, and which head of it."""
    if end == "embedding":
        return ("resid_pre", 0), None
    if end == "final":
        return ("resid_post", n_layers - 1), None
    layer, part, *rest = end.split(".")
    if part == "MLP":
        return ("mlp", int(layer[1:])), None
    return (rest[0] if rest else "z", int(layer[1:])), int(part[1:])


def put(value, head, tokens):
    """Give the change that sets a head (or all) at some tokens."""

    def change(old):
        where = (0, tokens) if head is None else (0, tokens, head)
        new = old.clone()
        new[where] = value[where]
        return new

    return change


@torch.no_grad()
def by_hand(module, images, sender, receiver, *, out_of=ALL, into=ALL):
    """Give the logits: all is frozen but the sender's own value and the receiver.

    What a sender writes is found by freezing every other head and MLP at its value in
    the base, not by adding a difference to the stream.
    """
    n_layers = len(module.blocks)
    base, donor = (embedded(module, images[i : i + 1]) for i in range(2))
    _, ours = plain_run(module, base)
    _, theirs = plain_run(module, donor)
    written, head = key_of(sender, n_layers)
    read, reader = key_of(receiver, n_layers)
    frozen = {
        key: (lambda _, value=value: value)
        for key, value in ours.items()
        if key[0] in ("z", "mlp") and key[1] < n_layers and key != read
    }
    # The neurons of the receiving MLP, and all before it, take what is sent.
    own = put(theirs[written], head, out_of)
    if written in frozen:
        frozen[written] = lambda _: own(ours[written])
    else:
        frozen[written] = own
    _, seen = plain_run(module, base, frozen)
    return plain_run(module, base, {read: put(seen[read], reader, into)})[0][0]


@pytest.mark.parametrize(("sender", "receiver"), PATHS)
def test_a_path_equals_a_run_in_which_all_else_is_frozen(setting, sender, receiver):
    model, images, runs = setting
    found = path_patching(model, *runs, sender, receiver, metric=METRIC)
    expected = by_hand(model.module, images, sender, receiver)
    torch.testing.assert_close(found.logits, expected, rtol=0, atol=1e-11)
    base = runs[0]["hook_logits"][0]
    # A class token is embedded alike in all images.
    if sender != "embedding" or model.config.pool == "avg":
        assert float((expected - base).abs().max()) > 1e-5
    measured = [float(v[2] - v[4]) for v in (base, runs[1]["hook_logits"][0], expected)]
    assert found.measured == pytest.approx(measured[2], abs=1e-10)
    effect = (measured[2] - measured[0]) / (measured[1] - measured[0])
    assert found.effect == pytest.approx(effect, abs=1e-8)


@pytest.mark.parametrize(("sender", "receiver"), [("L0.H1", "L2.H1.v"), PATHS[-1]])
def test_tokens_narrow_both_ends(sender, receiver):
    model, images, runs = model_and_runs("oblong, five")
    token = model.grid.token_of("(2,1)")
    found = path_patching(
        model, *runs, f"{sender}@(2,1)", f"{receiver}@(2,1)", metric=METRIC
    )
    expected = by_hand(model.module, images, sender, receiver, out_of=token, into=token)
    torch.testing.assert_close(found.logits, expected, rtol=0, atol=1e-11)
    elsewhere = path_patching(
        model, *runs, f"{sender}@(2,1)", f"{receiver}@cls", metric=METRIC
    )
    # What is sent to one token is not received at another.
    assert elsewhere.received == 0
    assert elsewhere.sent == found.sent > 0
    assert elsewhere.effect == 0


def test_direct_effects_on_a_linear_readout_add_up():
    model, _, runs = model_and_runs("square, cls", final_norm=False)
    senders = ["embedding"]
    for layer in range(3):
        senders += [f"L{layer}.H{head}" for head in range(4)] + [f"L{layer}.MLP"]
    effects = [
        path_patching(model, *runs, sender, "final", metric=METRIC).effect
        for sender in senders
    ]
    # Without a final norm the logits are linear in all that is ever added.
    assert sum(effects) == pytest.approx(1, abs=1e-9)
    assert max(map(abs, effects)) > 0.05


def test_the_embedding_gives_the_first_block_the_donors_values():
    model, images, runs = model_and_runs("oblong, five")
    site = "blocks.0.attn.hook_v"

    def donors(v, _):
        return torch.cat((v[:, :, :3], runs[1][site][:, :, 3:]), 2)

    with torch.no_grad():
        expected = model.run_with_hooks(images[:1], [(site, donors)])[0]
    found = path_patching(model, *runs, "embedding", "L0.H3.v", metric=METRIC)
    torch.testing.assert_close(found.logits, expected, rtol=0, atol=1e-11)


def test_the_own_run_changes_nothing():
    model, _, runs = model_and_runs("oblong, five")
    found = path_patching(
        model,
        runs[0],
        runs[0],
        "L0.H1",
        "L2.H0.k",
        # Tells the two runs apart, though they are one.
        metric=lambda logits, _: torch.arange(len(logits)).double(),
    )
    assert torch.equal(found.logits, runs[0]["hook_logits"][0])
    assert found.sent == found.received == 0


def test_another_family():
    module = timm.models.eva.Eva(
        img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4, num_classes=5
    )
    model = HookedViT(randomise(module).eval().double())
    images = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    runs = [model.run_with_cache(images[i : i + 1])[1] for i in range(2)]
    site = "blocks.1.hook_mlp_out"
    with torch.no_grad():
        expected = model.run_with_hooks(images[:1], [(site, lambda *_: runs[1][site])])
    # Nothing comes after the last MLP: all that it does, it does directly.
    found = path_patching(model, *runs, "L1.MLP", "final", metric="kl")
    torch.testing.assert_close(found.logits, expected[0], rtol=0, atol=1e-11)
    assert found.sent > 0.01


def test_the_model_is_left_as_it_was():
    model, images, runs = model_and_runs("oblong, five")
    before = model(images)
    path_patching(model, *runs, "L0.H1", "L2.H0.k", metric=METRIC)
    assert torch.equal(model(images), before)
    with pytest.raises(ZeroDivisionError):
        path_patching(model, *runs, "L0.H1", "final", metric=lambda _, __: 1 / 0)
    assert torch.equal(model(images), before)


@pytest.mark.parametrize(
    ("sender", "receiver", "error", "message"),
    [
        ("L2.H1", "L1.H0.q", ValueError, "nothing leads from L2.H1 to L1.H0.q"),
        ("L1.H1", "L1.H0.q", ValueError, "nothing leads"),
        ("L1.MLP", "L1.MLP", ValueError, "nothing leads"),
        ("L1.H1.q", "final", ValueError, "L1.H1.q is no sender"),
        ("L1.resid_pre", "final", ValueError, "L1.resid_pre is no sender"),
        ("L0.H1", "L1.H1", ValueError, "L1.H1 is no receiver"),
        ("L0.H1", "L1.resid_post", ValueError, "L1.resid_post is no receiver"),
        ("head 3", "final", ValueError, "'head 3' is no end of a path"),
        ("L3.H1", "final", IndexError, "there is no block 3"),
        ("L0.H4", "final", IndexError, "there is no head 4"),
        ("L0.H1", "L1.H9.k", IndexError, "there is no head 9"),
        ("L0.H1@(9,9)", "final", IndexError, "no patch at row 9"),
    ],
)
def test_what_is_no_path_is_an_error(sender, receiver, error, message):
    model, _, runs = model_and_runs("oblong, five")
    with pytest.raises(error, match=message):
        path_patching(model, *runs, sender, receiver, metric=METRIC)


def test_runs_that_do_not_fit_are_errors():
    model, images, runs = model_and_runs("oblong, five")
    other, _, others = model_and_runs("oblong, five", init_values=0.5)
    path = ("L0.H1", "final")
    with pytest.raises(ValueError, match="'donor' is of another model"):
        path_patching(model, runs[0], others[0], *path)
    with pytest.raises(TypeError, match="the donor must be a run"):
        path_patching(model, runs[0], images, *path)
    with pytest.raises(ValueError, match="a run of 2 images"):
        path_patching(model, model.run_with_cache(images)[1], runs[1], *path)
    with model.hooks([("hook_logits", lambda *_: None)]):
        edited = model.run_with_cache(images[:1])[1]
    with pytest.raises(ValueError, match="a run with hooks"):
        path_patching(model, edited, runs[1], *path)
    with pytest.raises(ValueError, match="predict the same class"):
        path_patching(model, runs[0], runs[0], *path)
    with pytest.raises(ValueError, match="donor is on meta"):
        path_patching(model, runs[0], runs[1].to("meta"), *path)
    few = model.run_with_cache(images[:1], ["blocks.0.hook_resid_pre", "hook_logits"])
    with pytest.raises(UnknownSiteError, match="was not kept"):
        path_patching(model, few[1], runs[1], *path, metric=METRIC)
    with torch.no_grad():
        model.module.head.bias.add_(1)
    with pytest.raises(StaleCacheError, match="run it again"):
        path_patching(model, *runs, *path)
    assert other is not model


def test_heads_with_two_queries_have_no_path_to_one():
    module = timm.create_model(
        "vit_tiny_patch16_224",
        img_size=32,
        embed_dim=32,
        depth=2,
        num_heads=4,
        num_classes=5,
        attn_layer=timm.layers.DiffAttention,
    )
    model = HookedViT(randomise(module).eval())
    images = torch.randn(2, 3, 32, 32)
    runs = [model.run_with_cache(images[i : i + 1])[1] for i in range(2)]
    assert path_patching(model, *runs, "L0.H1", "L1.H1.v", metric="kl").received > 0
    with pytest.raises(UnsupportedModelError, match="do not each have a q"):
        path_patching(model, *runs, "L0.H1", "L1.H1.q", metric="kl")


def test_heads_in_windows_have_no_path():
    module = timm.create_model("samvit_base_patch16", img_size=64, depth=1)
    model = HookedViT(module.eval())
    run = model.run_with_cache(torch.randn(1, 3, 64, 64))[1]
    with pytest.raises(UnsupportedModelError, match="within windows"):
        path_patching(model, run, run, "embedding", "final", metric="kl")
