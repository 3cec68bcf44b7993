from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.parity.variants import build, images
from vitwidgets.models import HookedViT

X = torch.zeros(2, 3, 32, 32)


def with_entry(entry):
    x = X.clone()
    x[1, 2, 3, 4] = entry
    return x


WRONG = {
    "array": (
        np.zeros((2, 3, 32, 32), "float32"),
        TypeError,
        "got ndarray.*prepare_im",
    ),
    "text": ("cat.png", TypeError, r"\(batch, 3, height, width\), got str"),
    "one image": (
        X[0],
        ValueError,
        r"four axes .*got \(3, 32, 32\): add the batch axis",
    ),
    "too many axes": (X[None], ValueError, r"four axes .*got \(1, 2, 3, 32, 32\)"),
    "no image": (X[:0], ValueError, r"holds no image: got \(0, 3, 32, 32\)"),
    "grey": (X[:, :1], ValueError, r"3 channels, that is \(batch, 3, 32, 32\), got"),
    "channels last": (X.permute(0, 2, 3, 1), ValueError, "is the channel axis last"),
    "small": (X[..., :16], ValueError, r"32 x 32 pixels .*got \(2, 3, 32, 16\)"),
    "bytes": (
        X.to(torch.uint8),
        TypeError,
        r"are torch.uint8, the model is .*normalis",
    ),
    "float64": (X.double(), TypeError, r"images\.to\(torch\.float32\)"),
    "elsewhere": (X.to("meta"), ValueError, r"on meta, the model is on cpu: move them"),
    "NaN": (with_entry(float("nan")), ValueError, r"hold 1 values .*\(1, 2, 3, 4\)"),
    "infinite": (with_entry(-float("inf")), ValueError, "NaN or infinite"),
}


@pytest.mark.parametrize("case", WRONG)
@pytest.mark.parametrize("call", ["plain", "cache", "hooks"])
def test_images_that_do_not_fit_are_refused_by_every_call(case, call):
    x, error, message = WRONG[case]
    model = HookedViT(build("plain"))
    run = {
        "plain": model,
        "cache": model.run_with_cache,
        "hooks": lambda x: model.run_with_hooks(x, [("hook_logits", lambda v, h: v)]),
    }[call]
    with pytest.raises(error, match=message):
        run(x)


def test_huge_but_finite_images_are_taken():
    model = HookedViT(build("plain"))
    x = torch.full_like(X, torch.finfo(torch.float32).max / 1e3)
    assert not torch.isfinite(x.sum())
    model(x)


def test_images_that_became_not_a_number_since_the_last_call_are_refused():
    model = HookedViT(build("plain"))
    x = X.clone()
    model(x)
    x[0, 0, 0, 0] = float("nan")
    with pytest.raises(ValueError, match="hold 1 values"):
        model(x)
    with torch.inference_mode():
        unversioned = X.clone()
        model(unversioned)
        unversioned[0] = float("inf")
        with pytest.raises(ValueError, match="NaN or infinite"):
            model(unversioned)


def test_a_model_that_takes_any_size_takes_whole_patches_only():
    model = HookedViT(build("any size"))
    with torch.no_grad():
        assert model(torch.zeros(1, 3, 40, 64)).shape == (1, 10)
        _, cache = model.run_with_cache(torch.zeros(1, 3, 40, 64))
    assert cache.pattern(0).shape == (1, 4, 42, 42)
    with pytest.raises(ValueError, match=r"multiples of the patch size \(8, 8\)"):
        model(torch.zeros(1, 3, 40, 60))


def test_autocast_takes_other_floats_as_the_plain_model_does():
    model = HookedViT(build("plain"))
    x = images(model.module).to(torch.bfloat16)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(model(x), model.module(x))
