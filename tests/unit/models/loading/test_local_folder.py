"""Folders that hold no model: what is wrong with them, and what to give instead."""

from __future__ import annotations

import json

import pytest
import timm
from safetensors.torch import save_file

from tests.unit.models.offline import refuse_network
from vitwidgets.models import load_model
from vitwidgets.models.loading.load_model import (
    UnknownModelError,
    WeightsUnavailableError,
)


@pytest.fixture(autouse=True)
def no_network(monkeypatch, tmp_path_factory):
    tries = refuse_network(monkeypatch, tmp_path_factory.mktemp("hub"))
    yield
    assert tries == []


def test_a_folder_that_is_not_there(tmp_path, monkeypatch):
    with pytest.raises(UnknownModelError, match=r"there is no folder '.*nowhere';"):
        load_model(f"local-dir:{tmp_path / 'nowhere'}")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownModelError) as caught:
        load_model("local-dir:nowhere", pretrained=False)
    # The other reading of a relative path is the usual mistake.
    assert f"no folder 'nowhere' in {str(tmp_path)!r}; " in str(caught.value)
    assert "pretrained='FILE'" in str(caught.value)
    with pytest.raises(UnknownModelError, match="'local-dir:' has no path"):
        load_model("local-dir:")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, r"the folder '.*' has no config\.json"),
        ("{", r"config\.json' is not JSON \("),
        (b"\xff\xfe\x00", r"config\.json' is not JSON \("),
        ("[1]", r"config\.json' names no architecture"),
        ('{"a": 1}', r"config\.json' names no architecture"),
        (
            '{"architecture": "vit_none"}',
            "architecture 'vit_none', which timm does not",
        ),
    ],
)
def test_a_folder_without_a_configuration(config, message, tmp_path):
    if config is not None:
        text = config if isinstance(config, bytes) else config.encode()
        (tmp_path / "config.json").write_bytes(text)
    with pytest.raises(UnknownModelError, match=message) as caught:
        load_model(f"local-dir:{tmp_path}")
    assert "config.json and weights" in str(caught.value)


def test_a_folder_without_weights(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "test_vit"}))
    with pytest.raises(
        WeightsUnavailableError, match=r"has no file model\.safetensors"
    ):
        load_model(f"local-dir:{tmp_path}")


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "w.safetensors"
    save_file(timm.create_model("test_vit").state_dict(), file)
    with pytest.raises(UnknownModelError, match=rf"is a file.*pretrained='{file}'"):
        load_model(f"local-dir:{file}")


def test_a_folder_without_its_prefix(tmp_path):
    with pytest.raises(UnknownModelError, match=rf"given as 'local-dir:{tmp_path}'"):
        load_model(str(tmp_path))


def test_a_repository_without_its_prefix():
    with pytest.raises(UnknownModelError, match=r"did you mean.*'hf-hub:USER/REPO'"):
        load_model("google/vit-base-patch16-224")
