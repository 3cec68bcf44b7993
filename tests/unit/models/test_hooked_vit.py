from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest
import timm
import torch

from tests.parity.variants import build, images
from vitwidgets.images import Preprocessing
from vitwidgets.models import HookedViT, PatchGrid
from vitwidgets.models.caching.size import estimated_bytes
from vitwidgets.models.errors import HookError, ModelStateError, UnknownSiteError


@pytest.fixture(name="model")
def _model():
    with torch.no_grad():
        yield HookedViT(build("registers"))


def test_the_sizes_are_those_of_the_module():
    module = build("oblong")
    model = HookedViT(module)
    assert dataclasses.asdict(model.config) == {
        "model_class": "timm.models.vision_transformer.VisionTransformer",
        "n_layers": 3,
        "n_heads": 4,
        "d_model": 32,
        "d_head": 8,
        "d_mlp": 128,
        "image_size": (32, 48),
        "patch_size": (16, 8),
        "grid": (2, 6),
        "dynamic_size": False,
        "n_channels": 3,
        "n_prefix_tokens": 1,
        "prefix_names": ("cls",),
        "n_tokens": 13,
        "pool": "token",
        "n_classes": 10,
        "n_params": sum(p.numel() for p in module.parameters()),
        "n_words": 0,
        "context_length": 0,
        "window_sizes": (),
    }
    assert model.grid == PatchGrid(2, 6, (16, 8), ("cls",))
    assert model.grid.n_tokens == module.pos_embed.shape[1]
    assert model.module is module


@pytest.mark.parametrize(
    ("name", "prefix", "n_classes", "d_mlp"),
    [
        ("registers", ("cls", "reg0", "reg1"), 10, 128),
        ("no prefix, average", (), 10, 128),
        ("no head", ("cls",), 0, 128),
        ("packed SwiGLU", ("cls",), 10, 64),
        ("convolutional stem", ("cls",), 10, 128),
    ],
)
def test_sizes_of_variants(name, prefix, n_classes, d_mlp):
    config = HookedViT(build(name)).config
    assert config.prefix_names == prefix
    assert config.n_classes == n_classes
    assert config.d_mlp == d_mlp
    assert config.patch_size == (8, 8)


def test_sites_lack_what_the_model_lacks(model):
    assert "hook_ln_pre" not in model.sites
    assert len(model.sites) == len(set(model.sites)) == 77
    with pytest.raises(UnknownSiteError, match="no norm before its first block"):
        model.run_with_cache(images(model.module), "hook_ln_pre")
    without = HookedViT(build("no final norm"))
    with pytest.raises(UnknownSiteError, match="no final norm"):
        without.run_with_cache(images(without.module), "ln_final.hook_scale")
    assert "hook_ln_pre" in HookedViT(build("norm first")).sites
    assert "hook_pos_embed" not in HookedViT(build("no positions")).sites


def test_hooks_are_told_where_they_are(model, x):
    seen = []

    def look(value, hook):
        seen.append((hook.name, hook.layer, tuple(value.shape)))

    model.run_with_hooks(x, [("blocks.2.attn.hook_q", look), (["hook_embed"], look)])
    assert seen == [
        ("hook_embed", None, (2, 19, 32)),
        ("blocks.2.attn.hook_q", 2, (2, 19, 4, 8)),
    ]


def test_hooks_of_one_site_follow_each_other_as_given(model, x):
    plain = model(x)
    hooks = [
        ("hook_logits", lambda value, hook: value * 2),
        (lambda name: name == "hook_logits", lambda value, hook: value + 1),
        ("hook_log*", lambda value, hook: None),
    ]
    assert torch.equal(model.run_with_hooks(x, hooks), plain * 2 + 1)


def test_the_receipt_counts_and_measures(model, x):
    def shift(value, hook):
        value = value.clone()
        value[0, 0, 0] -= 0.25
        return value

    sites = ["blocks.0.hook_mlp_out", "blocks.1.hook_mlp_out"]
    hooks = [("blocks.[01].hook_mlp_out", shift), ("hook_logits", lambda v, h: None)]
    model.run_with_hooks(x, hooks)
    receipt = model.receipt
    assert [hook.name for hook in receipt.hooks] == [*sites, "hook_logits"]
    assert [hook.fired for hook in receipt.hooks] == [1, 1, 1]
    assert receipt[sites[0]].largest_change == pytest.approx(0.25, rel=1e-5)
    assert receipt["hook_logits"].largest_change == 0.0
    with pytest.raises(KeyError, match="no hook of the last run"):
        receipt["hook_embed"]
    with model.hooks(hooks):
        model(x)
        assert model.receipt["hook_logits"].fired == 1
        model(x)
        model.run_with_cache(x)
        assert model.receipt["hook_logits"].fired == 1
    assert model.receipt["hook_logits"].fired == 3
    model(x)
    assert model.receipt.hooks == ()


def test_a_failed_run_leaves_the_last_receipt(model, x):
    model.run_with_hooks(x, [("hook_logits", lambda v, h: None)])
    before = model.receipt
    with pytest.raises(ZeroDivisionError):
        model.run_with_hooks(x, [("hook_embed", lambda v, h: 1 / 0)])
    with pytest.raises(UnknownSiteError):
        model.run_with_hooks(x, [("hook_nothing", lambda v, h: None)])
    assert model.receipt == before


@pytest.mark.parametrize(
    ("hooks", "error"),
    [
        ([], ValueError),
        ("hook_logits", TypeError),
        (None, TypeError),
        ([("hook_logits",)], TypeError),
        ([("hook_logits", None)], TypeError),
        (["hook_logits"], TypeError),
        ([lambda v, h: v], TypeError),
        (("hook_logits", lambda v, h: v), TypeError),
    ],
)
def test_hooks_that_are_no_pairs_are_refused(model, x, hooks, error):
    with pytest.raises(error, match=r"pair \(site|pairs \(site|no hooks were given"):
        model.run_with_hooks(x, hooks)
    with pytest.raises(error), model.hooks(hooks):
        pass


def test_training_mode_is_refused_and_left_as_it_is():
    module = build("plain")
    model = HookedViT(module)
    x = images(module)
    module.train()
    for call in (model, model.run_with_cache, lambda x: HookedViT(module)):
        with pytest.raises(ModelStateError, match=r"call \.eval\(\) on the module"):
            call(x)
    assert module.training


def test_dropout_in_training_mode_inside_a_model_in_eval_mode_is_refused():
    options = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 2}
    module = timm.models.vision_transformer.VisionTransformer(
        **options, num_heads=4, drop_path_rate=0.2, attn_drop_rate=0.1
    ).eval()
    model = HookedViT(module)
    x = images(module)
    model(x)
    for part in (module.blocks[1].drop_path2, module.blocks[0].attn):
        part.training = True
        with pytest.raises(ModelStateError, match="training mode"):
            model(x)
        part.training = False
    model(x)


def test_gradient_checkpointing_is_refused_only_where_it_matters(model, x):
    plain = model(x)
    model.module.set_grad_checkpointing()
    assert torch.equal(model.run_with_cache(x)[0], plain)
    with torch.enable_grad():
        model(x)
        with pytest.raises(ModelStateError, match="set_grad_checkpointing"):
            model.run_with_cache(x)
        with pytest.raises(ModelStateError, match="set_grad_checkpointing"):
            model.run_with_hooks(x, [("hook_logits", lambda v, h: None)])


def test_compiled_models_run_their_eager_original(x):
    module = build("registers")
    with torch.no_grad():
        plain = module(x)
        model = HookedViT(torch.compile(module))
        assert model.module is module
        assert torch.equal(model(x), plain)

        def never(*_, **__):
            raise AssertionError("compiled code ran")

        module._compiled_call_impl = never
        in_place = HookedViT(module)
        assert torch.equal(in_place(x), plain)
        doubled = in_place.run_with_hooks(x, [("hook_logits", lambda v, h: v * 2)])
        assert torch.equal(doubled, plain * 2)
        assert torch.equal(in_place.run_with_cache(x)[0], plain)


def test_labels_and_preprocessing_have_to_fit():
    module = build("plain")
    names = [f"class {i}" for i in range(10)]
    model = HookedViT(module, class_names=names, class_emoji=["🐱"] * 10)
    assert model.class_names == tuple(names)
    assert model.class_emoji == ("🐱",) * 10
    with pytest.raises(ValueError, match=r"class_names must be 10 texts.* got 3"):
        HookedViT(module, class_names=names[:3])
    with pytest.raises(ValueError, match="class_emoji must be 10"):
        HookedViT(module, class_emoji="abcdefghij")


def test_preprocessing_of_another_size_is_refused():
    config = {
        "input_size": (3, 64, 64),
        "interpolation": "bicubic",
        "crop_pct": 1.0,
        "crop_mode": "center",
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
    }
    preprocessing = Preprocessing.from_timm_config(config)
    with pytest.raises(
        ValueError, match=r"\(64, 64\) pixels, the model takes \(32, 32\)"
    ):
        HookedViT(build("plain"), preprocessing=preprocessing)
    assert HookedViT(build("any size"), preprocessing=preprocessing).preprocessing


def test_names_and_repr():
    assert HookedViT(timm.create_model("test_vit").eval()).name == "test_vit"
    assert HookedViT(build("plain"), name="mouse").name == "mouse"
    text = repr(HookedViT(build("registers"), name="mouse"))
    assert text.startswith("HookedViT 'mouse': 3 blocks x 4 heads, d_model 32, 32 x 32")
    assert "cls + reg0 + reg1" in text


def test_a_part_replaced_after_attaching_is_noticed(model, x):
    model.module.head = torch.nn.Linear(32, 4)
    assert model(x).shape == (2, 4)
    model.module.blocks[1].norm1 = torch.nn.LayerNorm(32)
    with pytest.raises(ModelStateError, match=r"blocks.1.norm1' was replaced"):
        model.run_with_cache(x, "hook_logits")
    with pytest.raises(HookError, match=r"ln1.hook_ln_out' was never reached"):
        model.run_with_hooks(x, [("blocks.1.ln1.hook_ln_out", lambda v, h: None)])
    model.module.blocks[2].drop_path2 = torch.nn.Dropout(0.0).eval()
    with pytest.raises(
        HookError, match=r"addend of blocks.2.hook_resid_mid was not seen"
    ):
        model.run_with_hooks(x, [("blocks.2.hook_resid_mid", lambda v, h: v * 2)])
    again = HookedViT(model.module)
    assert again.config.n_classes == 4
    again.run_with_cache(x)


def pickled(model):
    return pickle.loads(pickle.dumps(model))  # noqa: S301 (of our own making)


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_copy_is_a_model_of_its_own(copied):
    model = HookedViT(build("plain"), class_names=list("abcdefghij"), name="a")
    x = images(model.module)
    twin = copied(model)
    assert (twin.name, twin.class_names) == ("a", model.class_names)
    with torch.no_grad():
        plain = model(x)
        twin.module.blocks[1].attn.proj.weight.zero_()
        _, cache = twin.run_with_cache(x)
        assert torch.equal(model(x), plain)
        assert not cache["blocks.1.attn.hook_result"].any()
        assert torch.equal(cache["hook_logits"], twin.module(x))


def test_attention_stays_fused_whatever_is_read_or_written(model, x):
    called = []

    class Count(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            called.append(func)
            return func(*args, **(kwargs or {}))

    fused = torch.nn.functional.scaled_dot_product_attention
    flip = [("*hook_pattern", lambda value, hook: value.flip(-1))]
    for call in (
        lambda: model.run_with_cache(x),
        lambda: model.run_with_hooks(x, flip),
    ):
        called.clear()
        with Count():
            call()
        assert called.count(fused) == 3


def test_a_cache_of_everything_of_a_base_model_fits_in_95_megabytes():
    with torch.device("meta"):
        module = timm.create_model("vit_base_patch16_224").eval()
    planned = HookedViT(module)
    held = planned._runs._caches.plan(planned.sites, frozenset(), gradients=False).held
    needed = estimated_bytes(held, planned.config, 197, 4)
    assert 60e6 < needed <= 95e6


def test_moving_the_module_moves_the_model(model, x):
    model.module.double()
    assert model(x.double()).dtype == torch.float64
    with pytest.raises(TypeError, match=r"model is torch.float64"):
        model(x)
