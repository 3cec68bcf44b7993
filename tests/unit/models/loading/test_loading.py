"""Loading by name: the bundled model, timm's models, and all that can be missing."""

from __future__ import annotations

import hashlib
import json
from importlib import resources

import numpy as np
import pytest
import timm
import torch
from safetensors.torch import save, save_file
from timm.data import resolve_model_data_config
from timm.models.vision_transformer import VisionTransformer

from tests.unit.models.offline import downloaded, refuse_network
from vitwidgets.images import Preprocessing, prepare_image, sample, sample_names
from vitwidgets.models import load_model
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.loading import from_timm as timm_loading
from vitwidgets.models.loading.load_model import (
    DamagedModelError,
    UnknownModelError,
    WeightsUnavailableError,
    load_bundled,
)

ARCHITECTURE = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 16,
    "depth": 2,
    "num_heads": 2,
    "num_classes": 3,
}
PREPROCESSING = {
    "input_size": [3, 32, 32],
    "interpolation": "bicubic",
    "crop_pct": 1.0,
    "crop_mode": "center",
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}
CARD, WEIGHTS = "emoji-vit.json", "emoji-vit.safetensors"


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path):
    return refuse_network(monkeypatch, tmp_path)


@pytest.fixture
def reference():
    torch.manual_seed(0)
    return VisionTransformer(**ARCHITECTURE).half().float().eval()


@pytest.fixture
def bundle(tmp_path, reference):
    write_bundle(tmp_path, reference.half().state_dict())
    reference.float()
    return tmp_path


def write_bundle(folder, state):
    contents = save(state) if isinstance(state, dict) else state
    (folder / WEIGHTS).write_bytes(contents)
    card = {
        "format": 1,
        "name": "emoji-vit",
        "architecture": ARCHITECTURE,
        "preprocessing": PREPROCESSING,
        "classes": [
            {"name": "cat", "emoji": "🐱"},
            {"name": "dog", "emoji": "🐶"},
            {"name": "tree", "emoji": "🌳"},
        ],
        "weights": {
            "file": WEIGHTS,
            "sha256": hashlib.sha256(contents).hexdigest(),
        },
    }
    (folder / CARD).write_text(json.dumps(card), encoding="utf-8")


def change_card(folder, **changes):
    card = json.loads((folder / CARD).read_text(encoding="utf-8")) | changes
    (folder / CARD).write_text(json.dumps(card), encoding="utf-8")


def test_bundled_weights_are_those_of_the_file(bundle, reference):
    images = torch.randn(2, 3, 32, 32)
    model = load_bundled(bundle)
    with torch.inference_mode():
        assert torch.equal(model(images), reference(images))
    state = model.module.state_dict()
    assert state.keys() == reference.state_dict().keys()
    for name, tensor in reference.state_dict().items():
        assert state[name].dtype == torch.float32
        assert torch.equal(state[name], tensor)


def test_bundled_model_is_ready_to_use(bundle):
    model = load_bundled(bundle)
    assert model.name == "emoji-vit"
    assert list(model.class_names) == ["cat", "dog", "tree"]
    assert list(model.class_emoji) == ["🐱", "🐶", "🌳"]
    assert model.preprocessing == Preprocessing.from_timm_config(PREPROCESSING)
    assert not any(module.training for module in model.module.modules())
    for tensor in [*model.module.parameters(), *model.module.buffers()]:
        assert tensor.device.type == "cpu"
    assert all(parameter.requires_grad for parameter in model.module.parameters())


def test_loading_leaves_the_random_state_alone(bundle):
    before = torch.get_rng_state()
    load_bundled(bundle)
    assert torch.equal(torch.get_rng_state(), before)


def test_random_weights_follow_the_seed(bundle):
    def weights(seed):
        torch.manual_seed(seed)
        return load_bundled(bundle, pretrained=False).module.state_dict()

    torch.manual_seed(5)
    expected = VisionTransformer(**ARCHITECTURE).state_dict()
    first, other = weights(5), weights(6)
    assert all(torch.equal(first[name], expected[name]) for name in expected)
    assert not torch.equal(first["head.weight"], other["head.weight"])


def flip_a_bit(folder):
    contents = bytearray((folder / WEIGHTS).read_bytes())
    contents[-1] ^= 1
    (folder / WEIGHTS).write_bytes(contents)


def lose_a_tensor(folder):
    state = VisionTransformer(**ARCHITECTURE).half().state_dict()
    del state["norm.weight"]
    write_bundle(folder, state)


def drop_the_classes(folder):
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    del card["classes"]
    (folder / CARD).write_text(json.dumps(card), encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: (d / CARD).unlink(), r"emoji-vit\.json cannot be read \(No such"),
        (lambda d: (d / CARD).write_text("{"), r"emoji-vit\.json is not JSON"),
        (lambda d: (d / CARD).write_bytes(b"\xff"), r"emoji-vit\.json is not JSON"),
        (lambda d: (d / CARD).write_text("[]"), "holds no JSON object"),
        (drop_the_classes, "lacks classes"),
        (lambda d: change_card(d, format=2), "format 2, not 1"),
        (lambda d: change_card(d, classes=[]), "names 0 classes, its head has 3"),
        (lambda d: change_card(d, classes=[{}] * 3), "do not fit together"),
        (lambda d: change_card(d, classes=7), "do not fit together"),
        (lambda d: change_card(d, architecture={"no": 1}), "do not fit together"),
        (lambda d: change_card(d, architecture=None), "do not fit together"),
        (lambda d: change_card(d, preprocessing={}), r"do not fit .*lacks input_size"),
        (lambda d: change_card(d, weights={}), "do not fit together"),
        (lambda d: (d / WEIGHTS).unlink(), r"safetensors cannot be read \(No such"),
        (flip_a_bit, r"has SHA-256 \w{64}, its card says \w{64}"),
        (lose_a_tensor, r"do not fit together .*norm\.weight"),
        (lambda d: write_bundle(d, b"nonsense"), "no safetensors file"),
    ],
)
def test_a_damaged_bundle_says_what_is_damaged(bundle, damage, message):
    damage(bundle)
    with pytest.raises(DamagedModelError, match=message) as caught:
        load_bundled(bundle)
    assert "install vitwidgets again" in str(caught.value)


def test_random_weights_of_timm_with_preprocessing_and_class_names():
    torch.manual_seed(3)
    expected = timm.create_model("test_vit").eval()
    torch.manual_seed(3)
    model = load_model("test_vit", pretrained=False)
    config = resolve_model_data_config(expected)
    images = torch.randn(1, *config["input_size"])
    with torch.inference_mode():
        assert torch.equal(model(images), expected(images))
    assert model.preprocessing == Preprocessing.from_timm_config(config)
    assert model.name == "test_vit"
    assert not model.module.training


def test_imagenet_classes_are_named_apart():
    names = load_model("test_vit", pretrained=False).class_names
    # Positions and names as in the ILSVRC 2012 list.
    for index, name in {0: "tench", 207: "golden retriever", 281: "tabby"}.items():
        assert names[index] == name
    assert len(names) == len(set(names)) == 1000
    assert names[134] == "crane (n02012849)"
    assert names[517] == "crane (n03126707)"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("emoji_vit", "no model 'emoji_vit'; did you mean 'emoji-vit'"),
        ("vit_smal_patch16_224", "did you mean 'vit_small_patch16_224'"),
        ("vit_smal_patch16_224.augreg_in1k", "did you mean 'vit_small_patch16_224'"),
        ("qqqqqqqq", r"no model 'qqqqqqqq'; timm\.list_models"),
        ("", "no model ''"),
        ("./weights", r"no model '\./weights'.*local-dir:PATH"),
        ("vit_tiny_patch16_224.laion", r"this architecture comes as 'vit_tiny_patch16"),
    ],
)
@pytest.mark.parametrize("pretrained", [False, True])
def test_unknown_names_suggest_near_ones(name, message, pretrained, no_network):
    with pytest.raises(UnknownModelError, match=message):
        load_model(name, pretrained=pretrained)
    assert no_network == []


def test_a_module_is_no_name():
    with pytest.raises(TypeError, match=r"name is a Linear.*HookedViT\(module\)"):
        load_model(torch.nn.Linear(1, 1))


@pytest.mark.parametrize("name", ["resnet18", "swin_tiny_patch4_window7_224"])
@pytest.mark.parametrize("pretrained", [False, True])
def test_other_architectures_are_refused_without_a_download(
    name, pretrained, no_network
):
    with pytest.raises(UnsupportedModelError):
        load_model(name, pretrained=pretrained)
    assert no_network == []


@pytest.mark.parametrize("name", ["test_vit", "hf-hub:timm/test_vit.r160_in1k"])
def test_an_unreachable_hub_is_one_sentence_after_one_try(name, no_network):
    with pytest.raises(WeightsUnavailableError) as caught:
        load_model(name)
    message = str(caught.value)
    assert message.startswith(f"the weights of '{name}' are not on this machine")
    assert "hub cannot be reached" in message
    assert 'pretrained="FILE" for weights in a file' in message
    assert "pretrained=False for random weights" in message
    assert "load_model() for the bundled" in message
    assert message.count(". ") == 0
    assert "\n" not in message
    assert len(no_network) == 1


def test_a_model_without_trained_weights_says_so(no_network):
    with pytest.raises(WeightsUnavailableError, match="no trained weights for 'test_v"):
        load_model("test_vit4")
    assert no_network == []


def test_a_hub_that_refuses_is_quoted(monkeypatch):
    create_model = timm.create_model

    def gated(name, *, pretrained=False, **options):
        if pretrained:
            raise OSError("403: gated model.\nPlease log in.")
        return create_model(name, **options)

    monkeypatch.setattr(timm, "create_model", gated)
    monkeypatch.setattr(timm_loading, "require_hub", lambda name: None)
    quoted = r"could not be loaded \(403: gated model\. Please log in\.\); pass pretr"
    with pytest.raises(WeightsUnavailableError, match=quoted):
        load_model("test_vit")


@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
def test_cached_weights_need_no_network(file, tmp_path, no_network):
    torch.manual_seed(8)
    trained = timm.create_model("test_vit").eval()
    snapshot = downloaded(tmp_path, "timm/test_vit.r160_in1k")
    write = save_file if file.endswith("safetensors") else torch.save
    write(trained.state_dict(), snapshot / file)

    model = load_model("test_vit.r160_in1k")

    images = torch.randn(1, 3, 160, 160)
    with torch.inference_mode():
        assert torch.equal(model(images), trained(images))
    assert no_network == []


def write_folder(folder, module, **config):
    save_file(module.state_dict(), folder / "model.safetensors")
    pretrained_cfg = PREPROCESSING | {"input_size": [3, 160, 160], **config}
    pretrained_cfg |= {"num_classes": module.num_classes, "fixed_input_size": True}
    content = {
        "architecture": "test_vit",
        "num_classes": module.num_classes,
        "pretrained_cfg": pretrained_cfg,
    }
    (folder / "config.json").write_text(json.dumps(content))


def test_a_folder_of_timms_kind(tmp_path, no_network):
    trained = timm.create_model("test_vit", num_classes=5).eval()
    write_folder(tmp_path, trained, label_names=list("abcde"))
    model = load_model(f"local-dir:{tmp_path}")
    images = torch.randn(1, 3, 160, 160)
    with torch.inference_mode():
        assert torch.equal(model(images), trained(images))
    assert list(model.class_names) == list("abcde")
    assert model.preprocessing.mean == (0.5, 0.5, 0.5)
    assert no_network == []


def test_classes_that_nothing_names_have_no_names(tmp_path):
    trained = timm.create_model("test_vit", num_classes=5)
    write_folder(tmp_path, trained)
    assert load_model(f"local-dir:{tmp_path}").class_names is None


def test_a_folder_with_weights_of_another_name(tmp_path):
    trained = timm.create_model("test_vit", num_classes=5).eval()
    write_folder(tmp_path, trained)
    (tmp_path / "model.safetensors").rename(tmp_path / "best.safetensors")
    model = load_model(f"local-dir:{tmp_path}")
    assert torch.equal(model.module.head.weight, trained.head.weight)
    (tmp_path / "best.safetensors").rename(tmp_path / "best.zip")
    with pytest.raises(WeightsUnavailableError, match=r"has no file model\.safetens"):
        load_model(f"local-dir:{tmp_path}")


def test_the_model_that_ships(no_network):
    model = load_model()
    assert load_model("emoji-vit").name == model.name == "emoji-vit"
    assert {"cat", "dog"} <= set(model.class_names)
    assert len(set(model.class_names)) == len(set(model.class_emoji)) >= 64
    assert model.config.image_size == (64, 64)
    assert no_network == []


def test_the_weights_that_ship_are_small():
    folder = resources.files("vitwidgets.models") / "bundled"
    assert len((folder / WEIGHTS).read_bytes()) <= 3 * 2**20


def test_the_model_that_ships_is_right_about_the_scenes_that_ship():
    model = load_model()
    names = sample_names()
    assert names
    for name in names:
        scene = sample(name)
        prepared = prepare_image(scene.image, model.preprocessing)
        np.testing.assert_array_equal(prepared.picture, np.asarray(scene.image))
        with torch.inference_mode():
            best = int(model(prepared.pixels).argmax())
        assert model.class_names[best] == scene.objects[0]
