"""Methods on a model whose classes are words."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tests.parity import entries
from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from tests.unit.models.words.small_clips import WORDS, clip, hooked, images
from tests.unit.models.words.word_towers import (
    OTHERS,
    OWN,
    embedded,
    pictures,
    plain_logits,
    tower,
    with_words,
    words,
)
from vitwidgets.methods import (
    LogitLens,
    activation_patching,
    attribution_patching,
    direct_logit_attribution,
    image_embedding_decomposition,
    patching_sites,
    smallest_flip,
    train_tuned_lens,
)
from vitwidgets.models import HookedViT, ZeroShotClassifier
from vitwidgets.models.errors import StaleCacheError

TOWERS = (*OWN, *OTHERS)
MEASURES: tuple[dict[str, Any], ...] = (
    {},
    {"measure": "difference", "versus": 2},
    {"measure": "log_probability"},
)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


def cut_off(module: Any, stream: torch.Tensor) -> torch.Tensor:
    """Give the embedding of each token, as an open_clip tower ends, by hand."""
    return module.ln_post(stream) @ module.proj


@pytest.mark.parametrize("name", OWN)
def test_each_token_is_read_as_the_tower_would_if_it_ended_there(name):
    module, x = tower(name), pictures(name)
    model = with_words(name, module)
    _, cache = model.run_with_cache(x, "blocks.*.hook_resid_*")
    lens = LogitLens(model, cache)
    for layer in range(model.config.n_layers):
        stream = cache[f"blocks.{layer}.hook_resid_post"]
        expected = plain_logits(cut_off(module, stream))
        assert_close(lens.logits(layer), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", TOWERS)
def test_the_last_layer_is_the_similarity_of_the_image(name):
    """Of one pooled token with its own norm; of several with what is divided frozen."""
    module, x = tower(name), pictures(name)
    model = with_words(name, module)
    expected = plain_logits(embedded(module, x))
    _, cache = model.run_with_cache(x, "blocks.*.hook_resid_*")
    pooled = model.unembedding.pooled_tokens(model.config.n_tokens)
    last = model.config.n_layers - 1
    frozen = LogitLens(model, cache, norm="final").logits(last, pooled).mean(1)
    assert_close(frozen, expected, rtol=0, atol=1e-9)
    if len(pooled) == 1:
        own = LogitLens(model, cache).logits(last, pooled)[:, 0]
        assert_close(own, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", TOWERS)
def test_a_frozen_reading_is_affine_in_the_stream(name):
    model, x = with_words(name), pictures(name)
    _, cache = model.run_with_cache(x)
    lens = LogitLens(model, cache, norm="final")
    before = lens.logits("blocks.0.hook_resid_pre")
    middle = lens.logits("blocks.0.hook_resid_mid")
    after = lens.logits("blocks.0.hook_resid_post")
    # Each addend's logits are those of the sum minus those of nothing.
    unembedding = model.unembedding
    scale = unembedding.final_scale(
        cache[f"blocks.{model.config.n_layers - 1}.hook_resid_post"]
    )
    nothing = torch.zeros_like(cache["blocks.0.hook_attn_out"])

    def read(stream: torch.Tensor) -> torch.Tensor:
        tokens = range(stream.shape[1])
        return unembedding.logits(unembedding.normed(stream, scale), tokens)

    zero = read(nothing)
    attention = read(cache["blocks.0.hook_attn_out"]) - zero
    mlp = read(cache["blocks.0.hook_mlp_out"]) - zero
    assert_close(middle - before, attention, rtol=0, atol=1e-8)
    assert_close(after - middle, mlp, rtol=0, atol=1e-8)


def test_other_words_can_read_the_run_of_the_same_tower():
    base = hooked(clip())
    one, other = base.with_words(WORDS), base.with_words(["moon", "key"])
    _, cache = one.run_with_cache(images(), "blocks.*.hook_resid_*")
    logits = other(images())
    for norm in ("own", "final"):
        found = LogitLens(other, cache, norm=norm).logits(2, [0])[:, 0]
        assert_close(found, logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", TOWERS)
@pytest.mark.parametrize("options", MEASURES, ids=["logit", "difference", "log p"])
def test_terms_add_up_to_the_number(name, options):
    model, x = with_words(name), pictures(name)
    logits, cache = model.run_with_cache(x)
    found = direct_logit_attribution(model, cache, 1, **options)
    measure = options.get("measure")
    expected = logits[:, 1]
    if measure == "difference":
        expected = expected - logits[:, 2]
    if measure == "log_probability":
        expected = logits.log_softmax(-1)[:, 1]
    assert_close(found.value, expected, rtol=0, atol=1e-12)
    assert_close(found.sum, expected, rtol=0, atol=1e-8)
    assert_close(found.depth[:, -1], expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", OWN)
def test_what_a_head_counts_for_is_what_the_logit_loses_without_it(name):
    """With the norm's scale and the length held, and later blocks left as they were."""
    model, x = with_words(name), pictures(name)
    _, cache = model.run_with_cache(x)
    found = direct_logit_attribution(model, cache, 1)
    assert not found.whole
    assert found.frozen[:2] == ("the final norm", "the length of the embedding")
    unembedding = model.unembedding
    last = cache["blocks.2.hook_resid_post"]
    scale = unembedding.final_scale(last).at(unembedding.pooled)
    block = model.module.tower.transformer.resblocks[1]
    z = cache["blocks.1.attn.hook_z"]
    for head in range(4):
        alone = torch.zeros_like(z)
        alone[:, :, head] = z[:, :, head]
        written = block.ls_1(alone.flatten(2) @ block.attn.out_proj.weight.T)
        streams = [last, last - written]
        kept = [
            unembedding.logits(
                unembedding.normed(each[:, unembedding.pooled], scale), [0]
            ).mean(1)
            for each in streams
        ]
        lost = (kept[0] - kept[1])[:, 1]
        assert_close(found.heads[:, 1, head], lost, rtol=0, atol=1e-9)
        sources = found.head_sources(1, head)
        assert sources.shape == (2, model.config.n_tokens)
        assert_close(sources.sum(1), lost, rtol=0, atol=1e-9)


def test_attribution_of_a_run_with_other_words_is_an_error():
    base = hooked(clip())
    one, other = base.with_words(["a", "b"]), base.with_words(["c", "d"])
    _, cache = one.run_with_cache(images())
    with pytest.raises(ValueError, match="another model's"):
        direct_logit_attribution(other, cache, 0)


def test_words_that_changed_after_the_run_are_an_error():
    model = hooked(clip()).with_words(WORDS)
    _, cache = model.run_with_cache(images())
    model.module.embeddings.neg_()
    with pytest.raises(StaleCacheError, match="changed or moved"):
        direct_logit_attribution(model, cache, 0)


def pair(model: HookedViT, sites: list[str]) -> tuple[Any, Any]:
    x = images().to(next(model.module.parameters()))
    kept = [*sites, "hook_logits"]
    return tuple(model.run_with_cache(each[None], kept)[1] for each in x)


def test_copying_all_that_enters_a_block_gives_the_donors_logits():
    model = hooked(clip()).with_words(WORDS)
    x = images()
    _, donor = model.run_with_cache(x[1:], "blocks.1.hook_resid_pre")
    found = model.run_with_hooks(
        x[:1],
        [("blocks.1.hook_resid_pre", lambda *_: donor["blocks.1.hook_resid_pre"])],
    )
    assert_close(found, model(x[1:]), rtol=1e-5, atol=1e-5)


def test_patching_is_what_runs_with_one_value_replaced_say():
    model = hooked(clip()).with_words(WORDS)
    base, donor = pair(model, patching_sites(model, "resid_pre"))
    sweep = activation_patching(
        model, base, donor, over="resid_pre", metric=lambda logits, _: logits[:, 2]
    )
    values = sweep.run().values
    x, site = images()[:1], "blocks.2.hook_resid_pre"
    for token in (0, 4):
        stream = base[site].clone()
        stream[:, token] = donor[site][:, token]
        expected = model.run_with_hooks(x, [(site, lambda *_, s=stream: s)])[0, 2]
        both = [float(run["hook_logits"][0, 2]) for run in (base, donor)]
        share = (float(expected) - both[0]) / (both[1] - both[0])
        assert float(values[2, token]) == pytest.approx(share, abs=1e-4)


def test_attribution_patching_is_the_slope_towards_the_donor():
    model = hooked(clip().double()).with_words(WORDS)
    base, donor = pair(model, patching_sites(model, "heads"))
    with torch.enable_grad():
        found = attribution_patching(
            model, base, donor, over="heads", metric=lambda logits, _: logits[:, 2]
        )
    x, site, step = images()[:1].double(), "blocks.1.attn.hook_z", 1e-6
    before, after = (float(run["hook_logits"][0, 2]) for run in (base, donor))
    for head in range(4):
        z = base[site].clone()
        z[:, :, head] += step * (donor[site] - base[site])[:, :, head]
        moved = model.run_with_hooks(x, [(site, lambda *_, z=z: z)])[0, 2]
        slope = (float(moved) - before) / step / (after - before)
        assert float(found.values[1, head]) == pytest.approx(slope, abs=1e-5)


def test_the_fewest_parts_that_flip_a_prediction_do_flip_it():
    model = hooked(clip()).with_words(WORDS)
    base, donor = pair(model, patching_sites(model, "heads"))
    now = int(base["hook_logits"].argmax())
    target = int(donor["hook_logits"][0].sub(base["hook_logits"][0]).argmax())
    assert target != now
    found = smallest_flip(model, base, donor, target, limit=12)
    z = {layer: base[f"blocks.{layer}.attn.hook_z"].clone() for layer in range(3)}
    for unit in found.units:
        theirs = donor[f"blocks.{unit.layer}.attn.hook_z"]
        z[unit.layer][:, :, unit.index] = theirs[:, :, unit.index]
    hooks = [
        (f"blocks.{layer}.attn.hook_z", lambda *_, value=value: value)
        for layer, value in z.items()
    ]
    logits = model.run_with_hooks(images()[:1], hooks)
    assert (int(logits.argmax()) == target) is found.found


def test_a_tuned_lens_is_fitted_to_words_and_to_no_others():
    base = hooked(clip())
    model = base.with_words(WORDS)
    with torch.enable_grad():
        lens = train_tuned_lens(model, images(8), steps=2, batch_size=4, progress=False)
    _, cache = model.run_with_cache(images())
    found = LogitLens(model, cache, translators=lens).logits(2, [0])[:, 0]
    assert_close(found, model(images()), rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="does not fit"):
        LogitLens(base.with_words(["x", "y"]), cache, translators=lens)


CLASSIFIERS: dict[str, tuple[str, dict[str, Any]]] = {
    "class token": ("square, cls", {}),
    "no classes": ("square, cls", {"num_classes": 0}),
    "average, norm after": ("oblong, no prefix", {}),
    "average, norm before": ("oblong, no prefix", {"fc_norm": False}),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_reads_words_through_a_linear_map(name):
    """What it pools, through the map, in place of its last layer."""
    grid, options = CLASSIFIERS[name]
    module = hooked_vit(GRIDS[grid], **options).module.double()
    x = pixels(GRIDS[grid], 2).double()
    through = nn.Linear(32, 16).double()
    table = words()
    model = HookedViT(ZeroShotClassifier(module, table, 3.0, -0.5, through=through))
    features: Any = module
    pooled = features.forward_head(features.forward_features(x), pre_logits=True)
    embedding = pooled @ through.weight.T + through.bias
    expected = plain_logits(embedding)
    logits, cache = model.run_with_cache(x)
    assert_close(logits, expected, rtol=0, atol=1e-9)
    assert_close(cache["hook_image_embed"], embedding, rtol=0, atol=1e-9)
    tokens = model.unembedding.pooled_tokens(model.config.n_tokens)
    lens = LogitLens(model, cache, norm="final")
    assert_close(lens.logits(2, tokens).mean(1), expected, rtol=0, atol=1e-9)
    found = direct_logit_attribution(model, cache, 1)
    assert_close(found.sum, expected[:, 1], rtol=0, atol=1e-8)
    split = image_embedding_decomposition(model, cache)
    assert_close(split.sum, embedding, rtol=0, atol=1e-9)


def test_a_distilled_model_reads_words_of_the_mean_of_its_two_tokens():
    module: Any = entries.build("deit_tiny_distilled_patch16_224", torch.float64)
    x = entries.inputs("deit_tiny_distilled_patch16_224", dtype=torch.float64)
    pooled = module.forward_head(module.forward_features(x), pre_logits=True)
    through = nn.Linear(pooled.shape[-1], 16).double()
    model = HookedViT(ZeroShotClassifier(module, words(), 3.0, -0.5, through=through))
    expected = plain_logits(through(pooled))
    logits, cache = model.run_with_cache(x)
    assert_close(logits, expected, rtol=0, atol=1e-9)
    found = direct_logit_attribution(model, cache, 1)
    assert_close(found.sum, expected[:, 1], rtol=0, atol=1e-8)
    assert "hook_pooled" not in model.sites
