"""Interventions against the plain module, edited by torch's own hooks."""

from __future__ import annotations

import functools
import itertools

import pytest
import torch

from tests.parity import entries
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.methods.interventions import Intervention, bind, site_means
from vitwidgets.models import HookedViT

GRID = GRIDS["oblong, five"]
CLOSE = 2e-6  # of the largest logit, where attention leaves its native path
X, Y = pixels(GRID, 2), pixels(GRID, 1, seed=2)
EVERY = (
    *("resid_pre", "resid_mid", "resid_post", "attn_out", "MLP", "MLP.n7"),
    *("H1", "H1.q", "H1.k", "H1.v", "H1.pattern"),
)
FAMILIES = {
    "vit_tiny_patch16_224": (),
    "vit_wee_patch16_reg1_gap_256": (),
    "vit_small_patch14_reg4_dinov2": (),
    "vit_base_patch16_siglip_224": (),
    "deit_tiny_distilled_patch16_224": (),
    "eva02_tiny_patch14_224": (),
    "beit_base_patch16_224": (),
    "cait_xxs24_224": (),
    "vit_base_patch16_xp_224": ("resid_mid", "attn_out", "MLP"),
    "samvit_base_patch16": ("H1.q", "H1.k", "H1.v", "H1.pattern"),
    "ViT-B-32": (),
    "text of ViT-B-32": (),
}
"""Entries, with what they do not have."""


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="model", scope="module")
def _model():
    return hooked_vit(GRID)


@functools.cache
def family(name):
    model = HookedViT(entries.build(name))
    x, y = entries.inputs(name, 1), entries.inputs(name, 1, seed=2)
    if not x.is_floating_point():
        # Where a text ends is part of the run, not of the stream.
        y = torch.where(x == x.max(), x, y.clamp(max=40))
    return model, x, y


def with_these(model, images, interventions, sources):
    with model.with_interventions(interventions, sources):
        return model(images)


def assert_close(logits, expected, share=CLOSE):
    assert (logits - expected).abs().max() <= share * expected.abs().max()


def part_of(module, layer, what):
    """The submodule, and whether its input is meant, that a component passes by."""
    block = module.blocks[layer]
    return {
        "z": (block.attn.proj, True),
        "neurons": (block.mlp.fc2, True),
        "mlp": (block.mlp, False),
        "attn_out": (block.attn, False),
        "resid_pre": (block, True),
        "resid_post": (block, False),
    }[what]


def plainly(module, images, layer, what, edit=None):
    """Run the plain module with a value edited; give the logits and what it was."""
    part, at_input = part_of(module, layer, what)
    taken = []

    def note(value):
        taken.append(value.clone())
        return value if edit is None else edit(value.clone())

    if at_input:
        handle = part.register_forward_pre_hook(lambda _, args: (note(args[0]),))
    else:
        handle = part.register_forward_hook(lambda _, args, out: note(out))
    try:
        return module(images), taken[0]
    finally:
        handle.remove()


TOKENS = ("cls", "(0,1)", "(4,2)")
INDICES = [0, 5 + 1, 5 + 14]
CASES = {
    "L1.H2": ("z", slice(16, 24)),
    "L1.MLP.n7": ("neurons", slice(7, 8)),
    "L1.MLP": ("mlp", slice(None)),
    "L1.attn_out": ("attn_out", slice(None)),
    "L1.resid_pre": ("resid_pre", slice(None)),
    "L1.resid_post": ("resid_post", slice(None)),
}


def plain_target(model, kind, what):
    """What a replacement puts there, by the plain module."""
    if kind == "zero":
        return torch.zeros_like(plainly(model.module, Y, 1, what)[1])
    donors = Y if kind == "patch" else pixels(GRID, 5, seed=3)
    value = plainly(model.module, donors, 1, what)[1]
    return value.mean(0, keepdim=True) if kind == "mean" else value


def sources_of(model, address):
    _, cache = model.run_with_cache(Y)
    place = Intervention(address, "zero").place
    means = site_means(model, pixels(GRID, 5, seed=3), place.site, batch_size=2)
    return {"patch": cache, "mean": means}


@pytest.mark.parametrize("address", CASES)
@pytest.mark.parametrize("kind", ["patch", "zero", "mean"])
@pytest.mark.parametrize("tokens", [(), TOKENS], ids=["all tokens", "some tokens"])
@pytest.mark.parametrize("strength", [1.0, 0.25])
def test_replacements_equal_an_edited_plain_run(model, address, kind, tokens, strength):
    what, columns = CASES[address]
    rows = INDICES if tokens else list(range(20))
    one = plain_target(model, kind, what)

    def edit(value):
        target = one.expand_as(value)
        for token in rows:
            own = value[:, token, columns]
            share = target[:, token, columns] - own
            value[:, token, columns] = own + strength * share
        return value

    expected, _ = plainly(model.module, X, 1, what, edit)
    assert (expected - model(X)).abs().max() > 1e-4
    source = None if kind == "zero" else kind
    given = Intervention(address, kind, tokens, strength, source)
    found = with_these(model, X, [given], sources_of(model, address))
    assert_close(found, expected, 1e-5)


@pytest.mark.parametrize("address", CASES)
def test_steering_adds_the_vector_times_its_strength(model, address):
    what, columns = CASES[address]
    width = {"z": 8, "neurons": 1}.get(what, 32)
    vector = torch.linspace(-1, 1, width) + 0.5

    def edit(value):
        for token in INDICES:
            value[:, token, columns] += 3 * vector
        return value

    expected, _ = plainly(model.module, X, 1, what, edit)
    given = Intervention(address, "steer", TOKENS, 3.0, "up")
    found = with_these(model, X, [given], {"up": vector})
    assert (expected - model(X)).abs().max() > 1e-3
    assert_close(found, expected, 1e-5)


def noise_at(model, images, given):
    """Which noise an intervention adds, from a cache of the edited run."""
    site = given.place.site
    _, plain = model.run_with_cache(images, site)
    with model.with_interventions([given]):
        _, edited = model.run_with_cache(images, site)
    return (edited[site] - plain[site])[:, :, 2], plain[site][:, :, 2]


def test_noise_is_of_the_wanted_size_and_follows_its_seed_alone(model):
    given = Intervention("L1.H2", "noise", strength=0.5, seed=4)
    noise, own = noise_at(model, X, given)
    for each, value in zip(noise, own, strict=True):
        size = each.std() / value.std()
        assert 0.4 < float(size) < 0.6  # of 160 numbers: within 3 sigma
        assert abs(float(each.mean())) < 0.15 * float(value.std())
    scaled = noise / own.flatten(1).std(1, correction=0)[:, None, None]
    assert torch.allclose(scaled[0], scaled[1], atol=1e-5)
    alone, _ = noise_at(model, X[1:], given)
    assert torch.allclose(alone[0], noise[1], atol=1e-5)
    some = Intervention("L1.H2", "noise", TOKENS, strength=0.5, seed=4)
    part, _ = noise_at(model, X, some)
    drawn = noise[:, INDICES] / own.flatten(1).std(1, correction=0)[:, None, None]
    size = own[:, INDICES].flatten(1).std(1, correction=0)[:, None, None]
    assert torch.allclose(part[:, INDICES], drawn * size, atol=1e-5)
    assert part.count_nonzero() == 2 * 3 * 8
    other, _ = noise_at(model, X, Intervention("L1.H2", "noise", strength=0.5, seed=5))
    assert float((other - noise).abs().max()) > 0.1


def test_resampling_draws_one_run_by_its_seed(model):
    _, runs = model.run_with_cache(pixels(GRID, 5, seed=3))
    patched = [
        with_these(
            model,
            X,
            [Intervention("L1.resid_pre", source="one")],
            {"one": runs.images([index])},
        )
        for index in range(5)
    ]
    drawn = set()
    for seed in range(12):
        given = Intervention("L1.resid_pre", "resample", source="many", seed=seed)
        logits = with_these(model, X, [given], {"many": runs})
        drawn |= {i for i, each in enumerate(patched) if torch.equal(each, logits)}
        assert torch.equal(with_these(model, X, [given], {"many": runs}), logits)
    assert len(drawn) > 2


@pytest.mark.parametrize("name", FAMILIES)
def test_own_values_are_no_op_and_a_whole_stream_is_the_donor(name):
    model, x, y = family(name)
    logits, own = model.run_with_cache(x)
    wanted, donor = model.run_with_cache(y)
    assert (logits - wanted).abs().max() > 1e-3
    # open_clip's own attention is written to through its slow path.
    share = CLOSE if name in entries.OPEN_CLIP else 0.0
    sources = {"own": own, "donor": donor}
    parts = [part for part in EVERY if part not in FAMILIES[name]]
    for layer, part in itertools.product(range(model.config.n_layers), parts):
        address = f"L{layer}.{part}"
        for strength in (1.0, 0.0, 0.3):
            same = Intervention(address, strength=strength, source="own")
            found = with_these(model, x, [same], sources)
            assert (found - logits).abs().max() <= share * logits.abs().max(), address
        if part in ("resid_pre", "resid_post"):
            whole = Intervention(address, source="donor")
            assert torch.equal(with_these(model, x, [whole], sources), wanted), address


@pytest.mark.parametrize(
    "name", [name for name, lacking in FAMILIES.items() if "attn_out" not in lacking]
)
def test_all_heads_together_are_what_attention_adds(name):
    model, x, y = family(name)
    logits, _ = model.run_with_cache(x)
    _, donor = model.run_with_cache(y)
    sources = {"donor": donor}
    for layer in range(model.config.n_layers):
        heads = [
            Intervention(f"L{layer}.H{head}", source="donor")
            for head in range(model.config.n_heads)
        ]
        together = with_these(model, x, heads, sources)
        whole = Intervention(f"L{layer}.attn_out", source="donor")
        expected = with_these(model, x, [whole], sources)
        assert (expected - logits).abs().max() > 1e-4
        assert_close(together, expected)


def test_no_intervention_gives_the_base(model):
    assert torch.equal(with_these(model, X, [], {}), model(X))
    bound = bind(model, [])
    assert bound.first_block is None
    assert list(bound.fwd_hooks) == []


def test_disjoint_edits_at_one_site_act_in_any_order(model):
    _, donor = model.run_with_cache(Y)
    edits = [
        Intervention("L1.H0", source="donor"),
        Intervention("L1.H1", "zero", ("cls",)),
        Intervention("L1.H1", "noise", ("(0,0)",), 2.0),
    ]
    found = [
        with_these(model, X, order, {"donor": donor})
        for order in itertools.permutations(edits)
    ]
    assert all(torch.equal(each, found[0]) for each in found)
    assert not torch.equal(found[0], model(X))


def test_edits_of_one_component_act_one_after_the_other(model):
    _, donor = model.run_with_cache(Y)
    sources = {"donor": donor, "up": torch.ones(32)}
    zero = Intervention("L1.resid_pre", "zero")
    add = Intervention("L1.resid_pre", "steer", source="up")
    patch = Intervention("L1.resid_pre", source="donor")
    ones = with_these(model, X, [patch, zero, add], sources)
    site = "blocks.1.hook_resid_pre"
    expected = model.run_with_hooks(X, [(site, lambda v, h: torch.ones_like(v))])
    assert torch.equal(ones, expected)
    assert torch.equal(
        with_these(model, X, [add, zero, patch], sources),
        with_these(model, X, [patch], sources),
    )


def test_heads_of_the_last_block_at_tokens_that_nobody_reads_change_nothing(model):
    logits, _ = model.run_with_cache(X)
    _, donor = model.run_with_cache(Y)
    unread = tuple(GRID.label(token) for token in range(1, GRID.n_tokens))
    edits = [Intervention(f"L2.H{h}", tokens=unread, source="d") for h in range(4)]
    assert torch.equal(with_these(model, X, edits, {"d": donor}), logits)
    read = Intervention("L2.H0", tokens=("cls",), source="d")
    assert not torch.equal(with_these(model, X, [read], {"d": donor}), logits)


def test_a_resumed_run_is_the_full_one(model):
    _, cache = model.run_with_cache(X[:1])
    _, donor = model.run_with_cache(Y)
    edits = [
        Intervention("L2.H1.pattern", tokens=("cls",), source="d"),
        Intervention("L1.MLP.n7", "noise", ("cls", "(0,1)"), 3.0),
        Intervention("L1.resid_pre@(0,1)", "zero"),
    ]
    bound = bind(model, edits, {"d": donor})
    assert bound.first_block == 1
    resumed = model.resume(cache, 1, fwd_hooks=bound.fwd_hooks)
    assert torch.equal(resumed, with_these(model, X[:1], edits, {"d": donor}))
    assert torch.equal(resumed, model.run_with_hooks(X[:1], bound.fwd_hooks))


def test_variants_of_a_resumed_run_get_the_noise_of_a_run_of_one(model):
    _, cache = model.run_with_cache(X[:1])
    hooks = bind(model, [Intervention("L1.H0", "noise", strength=2.0)]).fwd_hooks
    stream = cache["blocks.1.hook_resid_pre"].expand(5, -1, -1)
    many = model.resume(cache, 1, residual=stream, fwd_hooks=hooks, batch_size=2)
    assert_close(many, model.run_with_hooks(X[:1], hooks).expand(5, -1))


def test_a_donor_run_with_gradients_hands_over_values_alone(model):
    with torch.enable_grad():
        _, donor = model.run_with_cache(Y)
        hooks = bind(model, [Intervention("L1.H0", source="d")], {"d": donor}).fwd_hooks
    with torch.no_grad():
        plain = model.run_with_cache(Y)[1]
    again = bind(model, [Intervention("L1.H0", source="d")], {"d": plain}).fwd_hooks
    assert torch.equal(model.run_with_hooks(X, hooks), model.run_with_hooks(X, again))
    assert not model.run_with_hooks(X, hooks).requires_grad
