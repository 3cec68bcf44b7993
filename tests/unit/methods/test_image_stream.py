from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from tests.unit.methods.small_vits import GRIDS, hooked_vit, pixels
from vitwidgets.images import Preprocessing, prepare_image, sample
from vitwidgets.methods.image_stream import ImageStream
from vitwidgets.models import HookedViT

GRID = GRIDS["square, cls"]
PREPROCESSING = Preprocessing(
    (32, 32), "bicubic", 1.0, "center", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
)


@pytest.fixture(name="model", scope="module")
def _model():
    return HookedViT(hooked_vit(GRID).module, preprocessing=PREPROCESSING)


def picture(seed: int, size: tuple[int, int] = (40, 50)) -> Image.Image:
    levels = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    return Image.fromarray(levels)


def prepared(*pictures):
    return torch.cat([prepare_image(one, PREPROCESSING).pixels for one in pictures])


def read(model, images, masks=None, batch_size=4):
    stream = ImageStream(model, images, masks, batch_size)
    batches = list(stream)
    found = torch.cat([batch.pixels for batch in batches])
    return found, [mask for batch in batches for mask in batch.masks], stream


@pytest.fixture(name="folder")
def _folder(tmp_path):
    (tmp_path / "b").mkdir()
    for name, seed in (("z.png", 0), ("a.PNG", 1), ("b/c.jpg", 2)):
        picture(seed).save(tmp_path / name, quality=100)
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_a_folder_is_read_in_order_with_its_subfolders(model, folder):
    found, _, stream = read(model, folder, batch_size=2)
    names = [folder / "a.PNG", folder / "b/c.jpg", folder / "z.png"]
    assert torch.equal(found, prepared(*names))
    assert (stream.n_images, stream.expected, stream.skipped) == (3, 3, [])


class DataSet:
    """As PyTorch's: an index beyond the end is no IndexError here."""

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return picture(index % 3), index


def encoded(image):
    file = io.BytesIO()
    image.save(file, "PNG")
    return file


@pytest.mark.parametrize(
    ("images", "seeds"),
    [
        (picture(0), [0]),
        (encoded(picture(0)).getvalue(), [0]),
        (np.asarray(picture(0)), [0]),
        (prepare_image(picture(0), PREPROCESSING), [0]),
        ([picture(0), picture(1)], [0, 1]),
        (np.stack([picture(0), picture(1)]), [0, 1]),
        ((picture(seed) for seed in range(5)), [0, 1, 2, 3, 4]),
        (DataSet(), [0, 1, 2]),
        (prepared(picture(0), picture(1)), [0, 1]),
        (prepared(picture(3))[0], [3]),
        ([prepared(picture(0)), [prepared(picture(1), picture(2)), 7]], [0, 1, 2]),
    ],
    ids=[
        *("picture", "bytes", "array", "prepared", "list", "arrays", "generator"),
        *("data set", "batch", "tensor", "loader"),
    ],
)
def test_images_come_from_anywhere(model, images, seeds):
    found, masks, _ = read(model, images)
    assert torch.equal(found, prepared(*map(picture, seeds)))
    assert masks == [None] * len(seeds)


def test_an_open_file_is_one_image(model):
    file = encoded(picture(0))
    file.seek(0)
    found, _, _ = read(model, file)
    assert torch.equal(found, prepared(picture(0)))


def test_an_unreadable_image_is_skipped_counted_and_named(model, folder):
    (folder / "broken.png").write_bytes(b"no picture at all")
    found, _, stream = read(model, folder)
    assert len(found) == stream.n_images == 3
    assert len(stream.skipped) == 1
    assert "broken.png" in stream.skipped[0]
    with pytest.warns(UserWarning, match=r"1 of 4 images could not be read[^$]*broken"):
        stream.warn_of_skipped()


def test_indices_count_what_was_skipped(model, folder):
    (folder / "b/b.png").write_bytes(b"no picture at all")
    (batch,) = ImageStream(model, folder, None, 8)
    assert batch.indices == [0, 2, 3]


def test_masks_go_with_their_pictures(model):
    mask = np.zeros((40, 50), bool)
    mask[:20] = True
    _, masks, _ = read(model, [picture(0), picture(1)], [None, mask])
    assert masks[0] is None
    assert masks[1].shape == (32, 32)
    assert masks[1][:16].all()
    assert not masks[1][16:].any()


def test_a_sample_scene_has_its_own_masks(model):
    scene = sample("cat-and-dog")
    _, (mask,), _ = read(model, scene)
    every = scene.masks["cat"] | scene.masks["dog"]
    assert mask.shape == (32, 32)
    assert float(mask.float().mean()) == pytest.approx(every.mean(), abs=0.01)


@pytest.mark.parametrize(
    ("images", "masks", "error", "message"),
    [
        ([], None, ValueError, "there is no image"),
        ([b"x", b"y"], None, ValueError, "none of the 2 images can be read"),
        (7, None, TypeError, "got int"),
        ("no-such-file.png", None, ValueError, "no-such-file"),
        (
            [torch.zeros(3, 32, 32), torch.zeros(3, 32, 40)],
            None,
            ValueError,
            r"image 1 has shape \(3, 32, 40\), those before it \(3, 32, 32\)",
        ),
        (torch.zeros(2, 3, 32, 32), [None], ValueError, "fewer masks than images"),
        (
            torch.zeros(1, 3, 32, 32),
            [None, None],
            ValueError,
            "fewer images than masks",
        ),
        (
            torch.zeros(1, 3, 32, 32),
            [np.ones((8, 8))],
            ValueError,
            "mask of image 0 has 8 x 8 pixels, the image 32 x 32",
        ),
        (
            torch.zeros(1, 3, 32, 32),
            [np.ones(8)],
            ValueError,
            r"mask of image 0 has shape \(8,\)",
        ),
    ],
)
def test_what_cannot_be_used_is_an_error(model, images, masks, error, message):
    with pytest.raises(error, match=message):
        read(model, images, masks)


def test_pictures_need_a_preprocessing():
    with pytest.raises(ValueError, match="has no preprocessing"):
        read(hooked_vit(GRID), picture(0))


@pytest.mark.parametrize("batch_size", [0, -1, True])
def test_a_batch_holds_an_image_at_least(model, batch_size):
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        read(model, pixels(GRID, 1), batch_size=batch_size)


def test_images_are_read_when_their_batch_is_due(model):
    given = []

    def images():
        for index in range(100):
            given.append(index)
            yield pixels(GRID, 1)[0]

    batches = iter(ImageStream(model, images(), None, 3))
    next(batches)
    assert given == [0, 1, 2]
    next(batches)
    assert given == [0, 1, 2, 3, 4, 5]


def test_what_is_filled_in_around_a_picture_is_no_object():
    preprocessing = Preprocessing(
        (32, 32), "bicubic", 1.0, "border", (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
    )
    model = HookedViT(hooked_vit(GRID).module, preprocessing=preprocessing)
    wide = picture(0, (20, 40))
    _, (mask,), _ = read(model, [wide], [np.ones((20, 40), bool)])
    assert mask[8:24].all()
    assert not mask[:8].any()
    assert not mask[24:].any()
