"""Weights in files: what fits is loaded bit for bit, all else is refused and unrun."""

from __future__ import annotations

import argparse
import functools
import json
import os
import pickle

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save_file

from tests.unit.models.offline import refuse_network
from vitwidgets.models import load_model
from vitwidgets.models.loading.checkpoint_file import read_checkpoint
from vitwidgets.models.loading.load_model import CheckpointError

SIZE = 160


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    tries = refuse_network(monkeypatch, tmp_path)
    yield
    assert tries == []


@pytest.fixture
def trained():
    torch.manual_seed(11)
    return timm.create_model("test_vit").eval()


def assert_same(model, module, size=SIZE):
    images = torch.randn(2, 3, size, size)
    with torch.inference_mode():
        assert torch.equal(model(images), module(images))


def save_old(state, path):
    torch.save(state, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize(
    ("write", "file"),
    [
        (save_file, "w.safetensors"),
        (save_file, "misnamed.pt"),
        (torch.save, "w.pt"),
        (torch.save, "w.pth"),
        (torch.save, "w.bin"),
        (save_old, "w.pth.tar"),
    ],
)
@pytest.mark.parametrize("kind", [str, os.fspath, lambda path: path])
def test_weights_from_a_file_are_the_same_bit_for_bit(
    write, file, kind, trained, tmp_path
):
    write(trained.state_dict(), tmp_path / file)
    model = load_model("test_vit", pretrained=kind(tmp_path / file))
    assert_same(model, trained)
    assert model.name == "test_vit"
    assert len(model.class_names) == 1000
    assert not model.module.training


@pytest.mark.parametrize(
    "nest",
    [
        lambda s: {"state_dict": s, "epoch": 3, "args": argparse.Namespace(lr=0.1)},
        lambda s: {"model": s, "optimizer": {"state": {}}},
        lambda s: {f"module.{name}": tensor for name, tensor in s.items()},
        lambda s: {
            "model": {f"_orig_mod.{name}": tensor for name, tensor in s.items()}
        },
        lambda s: {f"module._orig_mod.{name}": tensor for name, tensor in s.items()},
        lambda s: {
            "state_dict_ema": s,
            "state_dict": {name: tensor + 1 for name, tensor in s.items()},
        },
    ],
)
def test_weights_inside_a_training_checkpoint(nest, trained, tmp_path):
    torch.save(nest(trained.state_dict()), tmp_path / "last.pth.tar")
    assert_same(load_model("test_vit", pretrained=tmp_path / "last.pth.tar"), trained)


@pytest.mark.parametrize(
    "name",
    [
        "vit_tiny_patch16_224",
        "deit_tiny_distilled_patch16_224",
        "eva02_tiny_patch14_224",
    ],
)
def test_weights_of_a_whole_family_with_other_classes(name, tmp_path):
    torch.manual_seed(2)
    module = timm.create_model(name, num_classes=7).eval()
    save_file(module.state_dict(), tmp_path / "w.safetensors")
    model = load_model(name, pretrained=tmp_path / "w.safetensors")
    assert_same(model, module, 224)
    assert model.config.n_classes == 7
    assert model.class_names is None


def test_weights_without_a_head_give_features(trained, tmp_path):
    state = trained.state_dict()
    del state["head.weight"], state["head.bias"]
    save_file(state, tmp_path / "w.safetensors")
    model = load_model("test_vit", pretrained=tmp_path / "w.safetensors")
    trained.reset_classifier(0)
    assert_same(model, trained)
    assert model.config.n_classes == 0


def test_weights_saved_at_another_size_are_interpolated(tmp_path):
    large = timm.create_model("test_vit", img_size=192, num_classes=5).eval()
    save_file(large.state_dict(), tmp_path / "w.safetensors")
    model = load_model(
        "test_vit", pretrained=tmp_path / "w.safetensors", image_size=192
    )
    assert_same(model, large, 192)
    assert model.preprocessing.input_size == (192, 192)
    large.set_input_size(img_size=SIZE)
    model = load_model("test_vit", pretrained=tmp_path / "w.safetensors")
    assert_same(model, large)


def test_names_of_another_project_go_through_timms_own_conversion(tmp_path):
    name = "vit_tiny_patch16_224"
    module = timm.create_model(name, num_classes=0).eval()
    state = {f"visual.trunk.{key}": t for key, t in module.state_dict().items()}
    save_file(state, tmp_path / "clip.safetensors")
    # open_clip keeps the towers of timm so; its projection becomes timm's head.
    state["visual.head.proj.weight"] = torch.randn(1000, 192)
    save_file(state, tmp_path / "clip.safetensors")
    module.reset_classifier(1000)
    with torch.no_grad():
        module.head.weight.copy_(state["visual.head.proj.weight"])
        module.head.bias.zero_()
    assert_same(load_model(name, pretrained=tmp_path / "clip.safetensors"), module, 224)


def test_the_bundled_architecture_with_other_weights(tmp_path):
    torch.manual_seed(6)
    other = load_model(pretrained=False)
    save_file(other.module.state_dict(), tmp_path / "w.safetensors")
    model = load_model(pretrained=tmp_path / "w.safetensors")
    assert_same(model, other.module, 64)
    save_file({"cls_token": torch.zeros(1)}, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="does not hold the weights of 'emoji-v"):
        load_model(pretrained=tmp_path / "w.safetensors")


class Malice:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"echo harm > {self.target}",)


@pytest.mark.parametrize(
    "write",
    [
        torch.save,
        save_old,
        lambda value, path: path.write_bytes(pickle.dumps(value, 2)),
        lambda value, path: path.write_bytes(pickle.dumps(value, 5)),
    ],
)
@pytest.mark.parametrize("file", ["w.pt", "w.bin", "w.safetensors"])
@pytest.mark.parametrize("name", ["test_vit", "emoji-vit"])
def test_a_pickle_with_code_is_refused_and_not_run(name, file, write, tmp_path):
    target = tmp_path / "harmed"
    write({"head.weight": Malice(target)}, tmp_path / file)
    with pytest.raises(CheckpointError, match=r"pickle of more than tensors") as caught:
        load_model(name, pretrained=tmp_path / file)
    assert "safetensors.torch.save_file" in str(caught.value)
    assert "can run any code" in str(caught.value)
    assert not target.exists()


def test_the_same_pickle_does_run_where_nothing_guards(tmp_path):
    target = tmp_path / "harmed"
    torch.save({"head.weight": Malice(target)}, tmp_path / "w.pt")
    torch.load(tmp_path / "w.pt", weights_only=False)
    assert target.exists()


def test_a_folder_with_such_a_pickle_is_refused_too(tmp_path):
    target = tmp_path / "harmed"
    torch.save({"head.weight": Malice(target)}, tmp_path / "pytorch_model.bin")
    config = {"architecture": "test_vit", "pretrained_cfg": {"num_classes": 5}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointError, match=r"such as '(posix|nt)\.system'"):
        load_model(f"local-dir:{tmp_path}")
    assert not target.exists()


def test_whole_modules_and_programs_are_refused(trained, tmp_path):
    torch.save(trained, tmp_path / "module.pt")
    with pytest.raises(CheckpointError, match=r"such as 'timm\.models.*', and is not"):
        read_checkpoint(tmp_path / "module.pt")
    scripted = torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2))
    torch.jit.save(scripted, tmp_path / "program.pt")
    with pytest.raises(CheckpointError, match="TorchScript program"):
        read_checkpoint(tmp_path / "program.pt")


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path):
    contents = bytearray(path.read_bytes())
    contents[len(contents) // 2] ^= 4
    path.write_bytes(contents)


@pytest.mark.parametrize(
    ("write", "damage", "message"),
    [
        (save_file, cut, "is damaged or cut short"),
        (torch.save, cut, "is damaged or cut short"),
        (save_old, cut, "is damaged or cut short"),
        (torch.save, flip, r"the checksum of its part '.*' is wrong"),
        (torch.save, lambda p: p.write_bytes(b""), "is empty"),
        (
            torch.save,
            lambda p: p.write_text("version https://git-lfs"),
            "no checkpoint",
        ),
        (torch.save, lambda p: p.write_bytes(b"\x80\x02."), "damaged|pickle of more"),
        (
            torch.save,
            lambda p: np.savez(p.open("wb"), a=np.zeros(3)),
            r"archive of a\.npy",
        ),
        (torch.save, lambda p: torch.save([1, 2], p), "holds a list, no weights"),
        (torch.save, lambda p: torch.save({}, p), "holds an empty dict, no weights"),
        (torch.save, lambda p: torch.save({"lr": 0.1}, p), "'lr' is a float; save"),
        (torch.save, lambda p: torch.save(torch.zeros(2), p), "holds a Tensor, no"),
        (torch.save, lambda p: torch.save({3: torch.zeros(2)}, p), "3 is a Tensor"),
    ],
)
def test_damaged_files_say_what_is_wrong(write, damage, message, trained, tmp_path):
    path = tmp_path / "w.ckpt"
    write(trained.state_dict(), path)
    damage(path)
    with pytest.raises(CheckpointError, match=message) as caught:
        load_model("test_vit", pretrained=path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_of_another_size_name_the_differences_and_what_fits(tmp_path):
    small = timm.create_model("vit_tiny_patch16_224", num_classes=9)
    save_file(small.state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError) as caught:
        load_model("vit_base_patch32_224", pretrained=tmp_path / "w.safetensors")
    message = str(caught.value)
    assert "does not hold the weights of 'vit_base_patch32_224'" in message
    shapes = "cls_token (1, 1, 192) instead of (1, 1, 768), pos_embed (1, 197, 192)"
    # All but the bias of the head, which has one entry for each of the nine classes.
    assert f"151 of another shape ({shapes}" in message
    assert "it fits 'vit_tiny_patch16_224'" in message
    assert "HookedViT(module)" in message


def test_weights_of_another_kind_name_missing_and_unexpected(trained, tmp_path):
    state = trained.state_dict()
    state["fc_norm.weight"] = state.pop("norm.weight")
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError) as caught:
        load_model("test_vit", pretrained=tmp_path / "w.safetensors")
    differences = "1 missing (norm.weight), 1 unexpected (fc_norm.weight); the other"
    assert differences in str(caught.value)


def test_patches_of_another_size_are_not_squeezed_in(tmp_path):
    name = "vit_tiny_patch16_224"
    state = timm.create_model(name, patch_size=32).state_dict()
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=r"2 of another shape .*proj\.weight \(1"):
        load_model(name, pretrained=tmp_path / "w.safetensors")
    # timm itself would do it.
    timm.create_model(
        name, pretrained=True, pretrained_cfg_overlay={"state_dict": state}
    )


def test_nothing_stays_random_where_timm_does_not_insist(tmp_path, monkeypatch):
    # timm's smallest of this kind, and that is a large one, built small.
    name = "vit_base_patch16_siglip_gap_224"
    whole = timm.model_entrypoint(name)
    small = functools.partial(whole, embed_dim=48, depth=4, num_heads=3)
    monkeypatch.setitem(timm.models._registry._model_entrypoints, name, small)
    state = timm.create_model(name).state_dict()
    del state["blocks.3.attn.qkv.weight"]
    timm.create_model(
        name, pretrained=True, pretrained_cfg_overlay={"state_dict": state}
    )
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=r"1 missing \(blocks\.3\.attn\.qkv"):
        load_model(name, pretrained=tmp_path / "w.safetensors")


def test_fixed_positions_of_another_size_are_a_misfit(tmp_path):
    other = timm.create_model("cait_xxs24_224", img_size=256)
    save_file(other.state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=r"1 of another shape \(pos_embed"):
        load_model("cait_xxs24_224", pretrained=tmp_path / "w.safetensors")


def test_fixed_positions_load_at_the_size_that_the_error_names(tmp_path):
    other = timm.create_model("cait_xxs24_224", img_size=64, num_classes=3).eval()
    file = tmp_path / "w.safetensors"
    save_file(other.state_dict(), file)
    for size in (None, 96):
        with pytest.raises(CheckpointError) as caught:
            load_model("cait_xxs24_224", pretrained=file, image_size=size)
        message = str(caught.value)
        assert "for another image size" in message
        assert "image_size=(64, 64), if its images were square" in message
        assert "name the architecture" not in message
    model = load_model("cait_xxs24_224", pretrained=file, image_size=(64, 64))
    assert_same(model, other, 64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda s: s.pop("norm.bias"),
            r"1 missing \(norm\.bias\); the other {} fit, so save the module's whole",
        ),
        (
            lambda s: s.update(extra=torch.ones(2)),
            r"1 unexpected \(extra\); the other {} fit, so save the file .* without",
        ),
        (
            lambda s: s.update({"norm.bias": torch.ones(7)}),
            r"1 of another shape \(norm\.bias \(7,\) instead of \(\d+,\)\); the other",
        ),
    ],
)
def test_a_single_wrong_weight_is_named_and_the_others_counted(
    change, message, trained, tmp_path
):
    state = dict(trained.state_dict())
    names = set(state)
    change(state)
    kept = len(names) - (0 if "extra" in state else 1)
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=message.format(kept)):
        load_model("test_vit", pretrained=tmp_path / "w.safetensors")


def test_a_prefix_before_every_name_is_named(trained, tmp_path):
    state = {f"net.vit.{name}": w for name, w in trained.state_dict().items()}
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=r"begin with 'net\.vit\.', so save it"):
        load_model("test_vit", pretrained=tmp_path / "w.safetensors")
    # What the message says to do is enough.
    bare = {name.removeprefix("net.vit."): weight for name, weight in state.items()}
    save_file(bare, tmp_path / "w.safetensors")
    assert_same(load_model("test_vit", pretrained=tmp_path / "w.safetensors"), trained)


def test_weights_that_are_no_numbers_are_refused(trained, tmp_path):
    state = trained.state_dict()
    state["norm.bias"] = torch.full_like(state["norm.bias"], float("nan"))
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match=r"NaN in 1 of its \d+.*'norm\.bias'"):
        load_model("test_vit", pretrained=tmp_path / "w.safetensors")


def test_infinite_weights_are_read(tmp_path):
    # Some files keep a mask that is added to scores.
    mask = torch.tensor([0.0, -torch.inf, torch.inf])
    save_file({"mask": mask}, tmp_path / "w.safetensors")
    assert torch.equal(read_checkpoint(tmp_path / "w.safetensors")["mask"], mask)
