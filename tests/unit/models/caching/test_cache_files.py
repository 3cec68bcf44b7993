from __future__ import annotations

import copy
import json
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.parity.variants import build, images
from vitwidgets.images import Preprocessing
from vitwidgets.models import HookedViT
from vitwidgets.models.caching.files import CacheMismatchError, DamagedCacheError
from vitwidgets.models.errors import (
    CacheBudgetError,
    ModelStateError,
    StaleCacheError,
    UnknownSiteError,
)

VARIANTS = (
    "plain",
    "qk norm",
    "inner norms",
    "norm first",
    "attention pooling",
    "packed SwiGLU",
    "gated attention",
    "no positions",
    "no prefix, average",
)
DTYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)


@pytest.fixture(autouse=True)
def _no_grad():
    with torch.no_grad():
        yield


@pytest.fixture(name="path")
def _path(tmp_path):
    return tmp_path / "cache.safetensors"


@pytest.fixture(name="saved")
def _saved(model, x, path):
    _, cache = model.run_with_cache(x)
    cache.save(path)
    return cache


def assert_same(loaded, cache):
    assert list(loaded) == list(cache)
    for site in cache:
        assert loaded[site].dtype == cache[site].dtype
        assert torch.equal(loaded[site], cache[site]), site


def twin(model, **changes):
    """The same model from its weights alone, as another process would have it."""
    module = build("plain", seed=99)
    module.load_state_dict(copy.deepcopy(model.module.state_dict()))
    return HookedViT(module, **changes)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", VARIANTS)
def test_what_is_loaded_reads_bit_for_bit_as_what_was_saved(name, dtype, path):
    model = HookedViT(build(name, dtype))
    batch = images(model.module, batch=3, dtype=dtype)
    _, cache = model.run_with_cache(batch)
    held = cache.nbytes
    cache.save(path)
    loaded = model.load_cache(path, batch.clone())
    assert loaded.nbytes <= held
    assert_same(loaded, cache)
    for arguments in ((1, 2, 3), (1, 2), (2, None, 0)):
        assert torch.equal(loaded.pattern(*arguments), cache.pattern(*arguments))
        assert torch.equal(loaded.result(*arguments), cache.result(*arguments))


def test_another_process_with_the_same_model_may_load_it(model, saved, x, path):
    assert_same(twin(model, name="by another name").load_cache(path, x), saved)


@pytest.mark.parametrize("wanted", ["*hook_pattern", "*hook_pooled", "*.hook_q"])
def test_only_what_was_kept_is_in_the_file(model, x, path, wanted):
    _, cache = model.run_with_cache(x, wanted)
    cache.save(path)
    loaded = model.load_cache(path, x)
    assert_same(loaded, cache)
    with pytest.raises(UnknownSiteError, match="was not kept by this run"):
        loaded["hook_embed"]
    numbers = sum(tensor.numel() for tensor in load_file(path).values())
    sizes = {"*hook_pattern": 6 * 2 * 17 * 32, "*hook_pooled": 64, "*.hook_q": 3264}
    assert numbers == sizes[wanted]


def test_the_file_holds_the_sites_for_other_programs_too(saved, path):
    tensors = load_file(path)
    for name, tensor in tensors.items():
        assert torch.equal(tensor.expand_as(saved[name]), saved[name])
    assert "blocks.1.attn.hook_q" in tensors
    assert "blocks.1.attn.hook_pattern" not in tensors


def test_some_images_are_saved_alone(model, x, path):
    _, cache = model.run_with_cache(x)
    some = cache.images(1)
    some.save(path)
    numbers = sum(tensor.numel() for tensor in load_file(path).values())
    assert numbers * 4 < 0.51 * cache.nbytes
    assert_same(model.load_cache(path, x[1:2]), some)
    with pytest.raises(CacheMismatchError, match="pixels differ"):
        model.load_cache(path, x[:1])
    with pytest.raises(CacheMismatchError, match=r"shape is \[1, .* \[2, "):
        model.load_cache(path, x)


def test_a_cache_that_was_loaded_can_be_saved_again(model, saved, x, path, tmp_path):
    again = tmp_path / "again"
    model.load_cache(str(path), x).save(str(again))
    assert_same(model.load_cache(again, x), saved)
    assert header_of(again) == header_of(path)


@pytest.mark.parametrize("edited", ["pattern", "attn_scores", "rot_q", "result"])
def test_what_hooks_wrote_is_there_after_loading(model, x, path, edited):
    site = f"blocks.1.attn.hook_{edited}"
    with model.hooks([(site, lambda value, hook: value.flip(-1))]):
        _, cache = model.run_with_cache(x)
    cache.save(path)
    loaded = model.load_cache(path, x)
    assert_same(loaded, cache)
    assert not torch.equal(loaded[site], model.run_with_cache(x)[1][site])
    assert "hooks on 1 sites" in repr(loaded)
    assert torch.equal(loaded.pattern(1, 2, 3), cache.pattern(1, 2, 3))


def test_a_run_under_autocast_is_read_as_it_was(path):
    model = HookedViT(build("inner norms"))
    batch = images(model.module)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, cache = model.run_with_cache(batch)
    cache.save(path)
    assert_same(model.load_cache(path, batch), cache)


def test_a_run_with_gradients_or_in_inference_mode_is_saved_like_any_other(
    model, saved, x, path
):
    for mode in (torch.enable_grad(), torch.inference_mode()):
        with mode:
            _, cache = model.run_with_cache(x.clone())
            cache.save(path)
            loaded = model.load_cache(path, x)
            assert not any(loaded[site].requires_grad for site in loaded)
        for site in saved:
            torch.testing.assert_close(loaded[site], saved[site])


def test_the_budget_holds_for_loading_too(model, saved, x, path):
    held = sum(tensor.nbytes for tensor in load_file(path).values())
    with pytest.raises(CacheBudgetError, match=r"more than the budget .* budget=\d+"):
        model.load_cache(path, x, budget=held // 2)
    assert model.load_cache(path, x, budget=2 * held).nbytes <= 2 * held


def changed_weights(model):
    model.module.head.bias[3] += 1e-3
    return model


def changed_option(model):
    model.module.blocks[1].norm2.eps *= 10
    return model


@pytest.mark.parametrize(
    ("another", "message"),
    [
        (lambda m: HookedViT(build("plain", seed=1)), "its weights differ"),
        (lambda m: HookedViT(build("layer scale")), "n_params is"),
        (lambda m: HookedViT(build("maximum")), "pool is token there, avgmax here"),
        (lambda m: changed_weights(twin(m)), "its weights differ"),
        (changed_weights, "its weights differ"),
        (changed_option, "its modules .* differ"),
    ],
)
def test_a_cache_of_another_model_is_refused(  # noqa: PLR0917
    model, saved, x, path, another, message
):
    with pytest.raises(CacheMismatchError, match=message) as caught:
        another(model).load_cache(path, x)
    assert "run the model again" in str(caught.value)


def test_a_cache_of_another_dtype_is_refused(saved, x, path):
    half = HookedViT(build("plain", torch.bfloat16))
    with pytest.raises(CacheMismatchError, match="its weights differ"):
        half.load_cache(path, x.bfloat16())


def test_a_cache_of_another_preprocessing_is_refused(model, x, path):
    grey = Preprocessing((32, 32), "bicubic", 0.9, "center", (0.5,) * 3, (0.5,) * 3)
    bright = Preprocessing((32, 32), "bicubic", 0.9, "center", (0.4,) * 3, (0.5,) * 3)
    twin(model, preprocessing=grey).run_with_cache(x)[1].save(path)
    twin(model, preprocessing=grey).load_cache(path, x)
    with pytest.raises(CacheMismatchError, match=r"preprocessing was another: mean"):
        twin(model, preprocessing=bright).load_cache(path, x)
    with pytest.raises(CacheMismatchError, match=r"preprocessing was another"):
        model.load_cache(path, x)


def test_a_cache_of_other_images_is_refused(model, saved, x, path):
    other = x.clone()
    other[1, 2, 31, 31] += 1e-3
    with pytest.raises(CacheMismatchError, match="other images: their pixels differ"):
        model.load_cache(path, other)
    with pytest.raises(CacheMismatchError, match="pixels differ"):
        model.load_cache(path, x.flip(0))
    with pytest.raises(TypeError, match="images must be a tensor"):
        model.load_cache(path, "cat.png")


@pytest.mark.parametrize("how", ["in place", "new memory", "new parameter"])
def test_weights_that_changed_since_the_run_leave_nothing_to_save(model, x, path, how):
    _, cache = model.run_with_cache(x)
    head = model.module.head
    if how == "in place":
        head.weight.mul_(2)
    elif how == "new memory":
        head.weight.data = head.weight.data * 2
    else:
        head.weight = torch.nn.Parameter(head.weight * 2)
    with pytest.raises(StaleCacheError, match=r"weights of the model were changed"):
        cache.save(path)
    assert not path.exists()


def test_images_that_changed_since_the_run_leave_nothing_to_save(model, x, path):
    _, cache = model.run_with_cache(x)
    x.mul_(2)
    with pytest.raises(StaleCacheError, match="batch of images was changed"):
        cache.save(path)
    assert not path.exists()


def test_a_changed_activation_leaves_the_old_file_as_it_was(model, saved, path):
    before = path.read_bytes()
    saved["hook_embed"].mul_(2)
    with pytest.raises(StaleCacheError, match="'hook_embed' was changed"):
        saved.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_file_that_cannot_be_written_says_so(saved, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*: make it"):
        saved.save(tmp_path / "no" / "cache")
    with pytest.raises(IsADirectoryError, match="is a folder: add a file name"):
        saved.save(tmp_path)


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.02, 0.3, 0.9, 0.999999])
def test_a_file_cut_short_is_called_damaged(model, saved, x, path, fraction):
    contents = path.read_bytes()
    path.write_bytes(contents[: int(len(contents) * fraction)])
    with pytest.raises(DamagedCacheError, match="no undamaged file of a cache"):
        model.load_cache(path, x)


def test_a_flipped_bit_anywhere_is_never_read(model, saved, x, path):
    contents = path.read_bytes()
    header = struct.unpack("<Q", contents[:8])[0]
    places = [*range(0, header, header // 60), *range(header, len(contents), 20_011)]
    for place in places:
        damaged = bytearray(contents)
        damaged[place] ^= 1 << place % 7
        path.write_bytes(damaged)
        with pytest.raises((DamagedCacheError, CacheMismatchError)):
            model.load_cache(path, x)


def test_files_of_others_are_refused(model, x, path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        model.load_cache(path, x)
    save_file({"hook_embed": torch.zeros(3)}, path)
    with pytest.raises(DamagedCacheError, match=r"that no cache\.save wrote"):
        model.load_cache(path, x)
    torch.save({"hook_embed": torch.zeros(3)}, path)
    with pytest.raises(DamagedCacheError):
        model.load_cache(path, x)


def test_a_newer_format_is_told_from_damage(model, saved, x, path):
    tensors, metadata = load_file(path), header_of(path)["__metadata__"]
    save_file(tensors, path, {**metadata, "vitwidgets_activation_cache": "2"})
    with pytest.raises(DamagedCacheError, match=r"format 2, .* reads format 1"):
        model.load_cache(path, x)


def test_nothing_of_this_machine_is_in_the_file(saved, path):
    record = header_of(path)["__metadata__"]["record"]
    assert str(path.parent) not in record
    assert json.loads(record)["run"]["config"]["n_layers"] == 3


def header_of(path):
    contents = path.read_bytes()
    size = struct.unpack("<Q", contents[:8])[0]
    return json.loads(contents[8 : 8 + size])


def test_weights_whose_changes_cannot_be_noticed_are_refused(x, path):
    with torch.inference_mode():
        model = HookedViT(build("plain"))
        _, cache = model.run_with_cache(x.clone())
        with pytest.raises(ModelStateError, match=r"made under torch.inference_mode"):
            cache.save(path)
