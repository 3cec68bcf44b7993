"""emoji-clip, the bundled model with two towers, from its card and weights."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.images import Preprocessing
from vitwidgets.models.families.open_clip_towers import image_tower, text_tower
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.loading.bundle_files import BundleFiles
from vitwidgets.models.loading.checkpoint_file import read_checkpoint
from vitwidgets.models.loading.checkpoint_fit import compare, misfit_error
from vitwidgets.models.loading.errors import (
    CheckpointError,
    DamagedModelError,
    one_line,
)
from vitwidgets.models.loading.image_sizes import size_error
from vitwidgets.models.loading.open_clip_names import open_clip
from vitwidgets.models.loading.text_parts import fixed_random, without_images
from vitwidgets.models.words.text_encoder import TextEncoder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from torch import Tensor, nn

    from vitwidgets.models.loading.load_request import LoadRequest

BUNDLED_CLIP = "emoji-clip"
"""Name of the image tower; with "#text" behind it, of the text tower."""

TOKENS = "token_embedding.tokens"
ROWS = "token_embedding.rows"
"""What the weights that ship have in place of a table most of which is zero."""

_TABLE = "token_embedding.weight"


def is_bundled_clip(name: str) -> bool:
    """Tell whether a name is that of one of the towers."""
    return name in (BUNDLED_CLIP, f"{BUNDLED_CLIP}#text")


def load_bundled_clip(
    request: LoadRequest, folder: Path | Traversable | None = None
) -> HookedViT:
    """Load one of the towers of emoji-clip.

    Parameters
    ----------
    request
        By one of the names of `is_bundled_clip`.
    folder
        With its card and weights; by default the one of the package.

    Raises
    ------
    DamagedModelError
        If a file is missing, or card and weights do not fit together.
    CheckpointError
        If a file of weights was given that is not of this architecture.
    ValueError
        If an image size was given: positions are learned, each for its place.
    """
    files = _files(folder)
    card = files.card("architecture", "preprocessing", "weights")
    if request.image_size is not None:
        raise size_error(request.name, request.image_size, "its size is fixed")
    clip = _clip(files, card, trained=request.trained, file=request.file)
    if request.name.endswith("#text"):
        # Only the whole model can be moved: the tower holds parts of it.
        return HookedViT(text_tower(request.finished(clip)), name=request.name)
    preprocessing = Preprocessing.from_open_clip_config(card["preprocessing"])
    return HookedViT(
        request.finished(image_tower(clip)),
        preprocessing=preprocessing,
        name=request.name,
        text=functools.partial(load_bundled_text, request, folder),
    )


def load_bundled_text(
    request: LoadRequest, folder: Path | Traversable | None = None
) -> TextEncoder:
    """Load the text side of emoji-clip; its random weights are always the same.

    Parameters
    ----------
    request, folder
        As `load_bundled_clip` takes them.

    Raises
    ------
    DamagedModelError, CheckpointError
        As `load_bundled_clip`.
    """
    files = _files(folder)
    card = files.card("architecture", "weights")
    with fixed_random(request):
        clip = _clip(files, card, trained=request.trained, file=request.file)
    tokenizer = open_clip().SimpleTokenizer(
        context_length=card["architecture"]["text_cfg"]["context_length"]
    )
    clip = request.finished(without_images(clip))
    return TextEncoder(clip, tokenizer, name=BUNDLED_CLIP)


def read_clip(folder: Path | Traversable | None = None) -> nn.Module:
    """Read the whole model, an open_clip ``CLIP`` in evaluation mode.

    Parameters
    ----------
    folder
        With its card and weights; by default the one of the package.

    Raises
    ------
    DamagedModelError
        If a file is missing, or card and weights do not fit together.
    """
    files = _files(folder)
    return _clip(files, files.card("architecture", "weights")).eval()


def stored(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Leave the zero rows of the token embedding out, those of unknown words."""
    table = state[_TABLE]
    tokens = table.any(dim=1).nonzero().flatten()
    rest = {name: tensor for name, tensor in state.items() if name != _TABLE}
    return {**rest, TOKENS: tokens.int(), ROWS: table[tokens]}


def unfolded(state: Mapping[str, Tensor], n_tokens: int) -> dict[str, Tensor]:
    """Undo `stored`, in single precision.

    Parameters
    ----------
    state
        What `stored` gave, in any precision, or a state that is whole already.
    n_tokens
        Rows of the whole table.
    """
    whole = dict(state)
    if TOKENS in state and ROWS in state:
        tokens, rows = whole.pop(TOKENS).long(), whole.pop(ROWS).float()
        table = torch.zeros(n_tokens, rows.shape[1])
        table[tokens] = rows
        whole[_TABLE] = table
    return {name: tensor.float() for name, tensor in whole.items()}


def _files(folder: Path | Traversable | None) -> BundleFiles:
    if folder is None:
        folder = resources.files("vitwidgets.models") / "bundled"
    return BundleFiles(folder, BUNDLED_CLIP)


def _clip(
    files: BundleFiles,
    card: dict[str, Any],
    *,
    trained: bool = True,
    file: Path | None = None,
) -> nn.Module:
    try:
        if not trained:
            return open_clip().CLIP(**card["architecture"])
        # Not on the meta device: the mask of the text tower is no weight. torch's
        # random state is left alone.
        with cast("Any", torch.random).fork_rng(devices=[]):
            clip = cast("nn.Module", open_clip().CLIP(**card["architecture"]))
        n_tokens: int = card["architecture"]["text_cfg"]["vocab_size"]
        state = read_checkpoint(file) if file else files.tensors(card)
        state = unfolded(state, n_tokens)
        if file is not None:
            misfit = compare(state, clip)
            if not misfit.nothing:
                raise misfit_error(file, files.name, misfit)
        clip.load_state_dict(state)
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, (DamagedModelError, CheckpointError)):
            raise
        raise files.damaged(
            f"its card and weights do not fit together ({one_line(error)})"
        ) from error
    return clip
