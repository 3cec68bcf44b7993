"""A model's own preprocessing, and the picture that it leaves to see."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from vitwidgets.images.errors import ImageError
from vitwidgets.images.limits import MIN_SIDE
from vitwidgets.images.reading import read_image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch
    from numpy.typing import NDArray
    from PIL import Image

    from vitwidgets.images.reading import ImageSource

_INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "box", "hamming", "lanczos")
_CROP_MODES = ("center", "squash", "border")
_CROP_PCT_RANGE = (0.5, 2.0)
_CHANNELS = 3
_MAX_SIDE = 2048


@dataclass(frozen=True)
class Preprocessing:
    """How a model wants its images: size, crop and normalisation, in timm's terms.

    Attributes
    ----------
    input_size
        Height and width of the model's input, in pixels.
    interpolation
        nearest, bilinear, bicubic, box, hamming or lanczos.
    crop_pct
        Input size over the size that the image is scaled to before the crop.
    crop_mode
        center (shorter side scaled, middle kept), squash (both sides scaled) or
        border (longer side scaled, the rest filled with the mean colour).
    mean, std
        Of each colour, for colours from 0 to 1: the model gets ``(x - mean) / std``.

    Raises
    ------
    ValueError
        If a field is not of the form above; the message names it and its value.
    """

    input_size: tuple[int, int]
    interpolation: str
    crop_pct: float
    crop_mode: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not (_is_tuple(self.input_size, 2) and all(map(_is_side, self.input_size))):
            raise _bad(
                "input_size",
                self.input_size,
                f"(height, width) of {MIN_SIDE} to {_MAX_SIDE}",
            )
        if self.interpolation not in _INTERPOLATIONS:
            raise _bad(
                "interpolation", self.interpolation, " or ".join(_INTERPOLATIONS)
            )
        low, high = _CROP_PCT_RANGE
        if not (_is_number(self.crop_pct) and low <= self.crop_pct <= high):
            raise _bad("crop_pct", self.crop_pct, f"a number from {low} to {high}")
        if self.crop_mode not in _CROP_MODES:
            raise _bad("crop_mode", self.crop_mode, " or ".join(_CROP_MODES))
        if not (_is_colour(self.mean) and all(0 <= part <= 1 for part in self.mean)):
            raise _bad("mean", self.mean, "three numbers from 0 to 1")
        if not (_is_colour(self.std) and all(part > 0 for part in self.std)):
            raise _bad("std", self.std, "three numbers above 0")

    @classmethod
    def from_timm_config(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Take a data configuration as timm or a model card writes it.

        Parameters
        ----------
        config
            What ``timm.data.resolve_model_data_config(module)`` returns; other keys
            than the six fields are ignored. ``input_size`` is (channels, height,
            width).

        Raises
        ------
        ValueError
            If a field is missing or wrong, or the model takes other than 3 channels.
        """
        fields = ("input_size", "interpolation", "crop_pct", "crop_mode", "mean", "std")
        missing = [field for field in fields if field not in config]
        if missing:
            raise ValueError(
                f"the data configuration lacks {', '.join(missing)} (it has: "
                f"{', '.join(map(str, config)) or 'nothing'}); give what "
                "timm.data.resolve_model_data_config(module) returns."
            )
        size = _as_tuple(config["input_size"])
        if not _is_tuple(size, 3):
            raise _bad("input_size", size, "(channels, height, width)")
        if size[0] != _CHANNELS:
            raise ValueError(
                f"the model takes {size[0]} channels (input_size {size}), but pictures "
                "are RGB; use a model with 3 input channels."
            )
        return cls(
            input_size=size[1:],
            interpolation=config["interpolation"],
            crop_pct=config["crop_pct"],
            crop_mode=config["crop_mode"],
            mean=_as_tuple(config["mean"]),
            std=_as_tuple(config["std"]),
        )

    @classmethod
    def from_open_clip_config(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Take a preprocessing configuration as open_clip keeps it with a model.

        Parameters
        ----------
        config
            ``clip.visual.preprocess_cfg`` of a model of open_clip: ``size``, ``mean``,
            ``std``, ``interpolation`` and ``resize_mode``.

        Raises
        ------
        ValueError
            If a field is missing or wrong, or ``resize_mode`` is ``"longest"``, which
            pads with a colour of its own.
        """
        fields = ("size", "mean", "std", "interpolation", "resize_mode")
        missing = [field for field in fields if field not in config]
        if missing:
            raise ValueError(
                f"the preprocessing configuration lacks {', '.join(missing)} (it has: "
                f"{', '.join(map(str, config)) or 'nothing'}); give what open_clip "
                "keeps as clip.visual.preprocess_cfg."
            )
        size = _as_tuple(config["size"])
        if not _is_tuple(size, 2):
            size = (size, size)
        modes = {"shortest": "center", "squash": "squash"}
        mode = modes.get(config["resize_mode"])
        if mode is None:
            raise _bad("resize_mode", config["resize_mode"], " or ".join(modes))
        # As open_clip does it: "random" means bicubic, and so does anything where the
        # shorter side of an oblong input is what is scaled.
        oblong = mode == "center" and size[0] != size[1]
        scaled = config["interpolation"]
        return cls(
            input_size=size,
            interpolation="bicubic" if oblong or scaled == "random" else scaled,
            crop_pct=1.0,
            crop_mode=mode,
            mean=_as_tuple(config["mean"]),
            std=_as_tuple(config["std"]),
        )


@dataclass(frozen=True, eq=False)
class PreparedImage:
    """One image, as the model takes it and as a person sees it.

    Attributes
    ----------
    pixels
        float32 tensor, shape ``(1, 3, height, width)``: the model's input.
    picture
        uint8 array, shape ``(height, width, 3)``: the same, not normalised.
    """

    pixels: torch.Tensor
    picture: NDArray[np.uint8]


def prepare_image(source: ImageSource, preprocessing: Preprocessing) -> PreparedImage:
    """Read an image and apply the model's own preprocessing.

    The pixels are what timm's evaluation transform makes of the picture that
    `read_image` returns, bit for bit.

    Parameters
    ----------
    source
        Anything that `read_image` takes.
    preprocessing
        The model's, usually ``model.preprocessing``.

    Raises
    ------
    ImageError
        If ``source`` is not one usable image, or so thin that nothing would be left
        of it at the model's size.
    TypeError
        If ``preprocessing`` is no `Preprocessing`.
    """
    if not _is_preprocessing(preprocessing):
        raise TypeError(
            f"preprocessing is {preprocessing!r}, not a Preprocessing; make one with "
            "Preprocessing.from_timm_config("
            "timm.data.resolve_model_data_config(module))."
        )
    image = read_image(source)
    try:
        pixels = _timm_transform(preprocessing)(image)
    except ValueError as error:
        raise ImageError(
            f"the image of {image.width} x {image.height} pixels cannot be scaled to "
            f"the model's {preprocessing.input_size} ({error}); "
            "crop it to the part that matters."
        ) from error
    # A float32 rounding error is a thousandth of the step between two of 256 levels,
    # so rounding recovers the levels exactly.
    mean, std = np.array(preprocessing.mean), np.array(preprocessing.std)
    levels = (pixels.numpy().transpose(1, 2, 0) * std + mean) * 255
    picture = np.rint(levels).clip(0, 255).astype(np.uint8)
    return PreparedImage(pixels=pixels[None], picture=picture)


def prepare_mask(
    mask: NDArray[np.bool_], preprocessing: Preprocessing
) -> NDArray[np.bool_]:
    """Scale and crop a mask as its picture is; what is filled in is no object.

    Parameters
    ----------
    mask
        bool, ``(height, width)`` in pixels of the picture.
    preprocessing
        The model's, usually ``model.preprocessing``.

    Returns
    -------
    NDArray
        bool, ``(height, width)`` in pixels of the model's input: true where the scaled
        mask is at least half.

    Raises
    ------
    TypeError
        If `mask` is not bool.
    ValueError
        If it has not two axes.
    ImageError
        If it can't be scaled to the model's size.
    """
    array = np.asarray(mask)
    if array.ndim != 2:  # noqa: PLR2004
        raise ValueError(
            f"the mask has shape {array.shape}; give (height, width), true where the "
            "object is"
        )
    if array.dtype != bool:
        raise TypeError(
            f"the mask is of {array.dtype}, which may be shares, levels or labels; "
            "make it bool, as in mask > 0"
        )
    black_border = replace(preprocessing, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    picture = prepare_image(array.astype(np.uint8) * 255, black_border).picture
    return picture[..., 0] > 127  # noqa: PLR2004 (half of 255)


def _timm_transform(
    preprocessing: Preprocessing,
) -> Callable[[Image.Image], torch.Tensor]:
    from timm.data import transforms_factory  # noqa: PLC0415 (takes a second)

    transform = transforms_factory.create_transform(
        input_size=(_CHANNELS, *preprocessing.input_size),
        is_training=False,
        interpolation=preprocessing.interpolation,
        crop_pct=preprocessing.crop_pct,
        crop_mode=preprocessing.crop_mode,
        mean=preprocessing.mean,
        std=preprocessing.std,
    )
    return cast("Callable[[Image.Image], torch.Tensor]", transform)


# Annotations promise nothing about what a notebook or a card gives: these checks take
# anything.


def _is_preprocessing(value: object) -> bool:
    return isinstance(value, Preprocessing)


def _as_tuple(value: Any) -> Any:
    """Return a list (as JSON has it) as a tuple, all else as it is."""
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _is_tuple(value: object, length: int) -> bool:
    return isinstance(value, tuple) and len(cast("tuple[object]", value)) == length


def _is_number(value: object) -> bool:
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _is_side(value: object) -> bool:
    return isinstance(value, int) and MIN_SIDE <= value <= _MAX_SIDE


def _is_colour(value: tuple[object, ...]) -> bool:
    return _is_tuple(value, _CHANNELS) and all(map(_is_number, value))


def _bad(field: str, value: object, expected: str) -> ValueError:
    return ValueError(f"{field} is {value!r}; give {expected}.")
