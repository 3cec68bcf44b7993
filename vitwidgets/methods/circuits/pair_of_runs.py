"""Two runs of one model, one of which gives what goes into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitwidgets.methods.intervening.sources import require_run_of
from vitwidgets.methods.one_image_run import require_one_image_run
from vitwidgets.models import PatchGrid
from vitwidgets.models.errors import UnsupportedModelError

if TYPE_CHECKING:
    from vitwidgets.models import ActivationCache, HookedViT


def require_pair(
    model: HookedViT, base: ActivationCache, donor: ActivationCache
) -> None:
    """Raise unless two runs are of this model, where it is, one image each of one size.

    Raises
    ------
    TypeError, ValueError
        If they are not.
    StaleCacheError
        If the model's weights were changed after a run.
    """
    for role, run in (("base", base), ("donor", donor)):
        require_one_image_run(f"the {role}", run)
        require_run_of(model, run, role)
        device = next(model.module.parameters()).device
        if run.source.images.device != device:
            raise ValueError(
                f"the run of the {role} is on {run.source.images.device}, the model on "
                f"{device}: move it with cache.to({str(device)!r})"
            )
    shapes = [tuple(run.source.images.shape[1:]) for run in (base, donor)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"the image of the base has the shape {shapes[0]}, that of the donor "
            f"{shapes[1]}: their tokens do not go into one another's places"
        )


def grid_of(model: HookedViT, run: ActivationCache, n_tokens: int) -> PatchGrid:
    """Give where the tokens of a run lie in its image.

    Raises
    ------
    UnsupportedModelError
        If the tokens are not prefix tokens and a grid of patches.
    """
    if n_tokens == model.grid.n_tokens:
        return model.grid
    height, width = model.config.patch_size
    size = run.source.images.shape[-2:]
    grid = PatchGrid(
        -(-size[0] // height),
        -(-size[1] // width),
        (height, width),
        model.config.prefix_names,
    )
    if grid.n_tokens != n_tokens:
        raise UnsupportedModelError(
            f"the {n_tokens} tokens of {model.name} are not a grid of patches of this "
            f"image, so they have no addresses"
        )
    return grid
