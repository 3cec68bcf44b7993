"""Models of timm: by name and tag, from the hub, from a folder, from a file."""

from __future__ import annotations

import difflib
import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vitwidgets.labels import class_names
from vitwidgets.models.families.layout import resolve
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.loading.bundled_clip import BUNDLED_CLIP
from vitwidgets.models.loading.bundled_model import BUNDLED
from vitwidgets.models.loading.checkpoint_file import read_checkpoint
from vitwidgets.models.loading.checkpoint_fit import (
    Misfit,
    compare,
    filled_by,
    misfit_error,
    other_size_error,
)
from vitwidgets.models.loading.errors import (
    REMEDIES,
    CheckpointError,
    UnknownModelError,
    WeightsUnavailableError,
    unavailable,
)
from vitwidgets.models.loading.hub import cached, require_hub
from vitwidgets.models.loading.image_sizes import (
    require_whole_patches,
    size_error,
    size_of_positions,
)
from vitwidgets.models.loading.local_folder import (
    FOLDER,
    PICKLED,
    SAFE,
    require_folder,
    weights_in,
)
from vitwidgets.models.loading.nearest_architecture import fitting_architecture
from vitwidgets.models.loading.structure import without_numbers

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitwidgets.models.loading.load_request import LoadRequest

_HUB = ("hf-hub:", "hf_hub:")
_SOURCES = ("url", "file", "hf_hub_id")


def load_from_timm(request: LoadRequest) -> HookedViT:
    """Load a model of timm.

    Raises
    ------
    UnknownModelError
        If timm has no model, or no tag, of this name.
    UnsupportedModelError
        If it cannot be hooked. Weights are not fetched.
    WeightsUnavailableError
        If there are no trained weights, or they cannot be had now.
    CheckpointError
        If the file is unsafe, damaged, or of another architecture.
    ValueError
        If the model cannot take the image size.
    """
    _require_known(request.name)
    own = _structure(request.name)
    # What cannot be hooked is refused before a download.
    patch = resolve(own).config.patch_size
    options: dict[str, Any] = {}
    if request.image_size is not None:
        require_whole_patches(request.image_size, patch)
        options["img_size"] = request.image_size
        _require_size(request, own)
    if not request.trained:
        module = _create(request.name, **options)
    elif request.file is not None:
        module = _from_file(request, request.file, own, options)
    else:
        module = _as_published(request, own, options)
    return HookedViT(
        request.finished(module), class_names=class_names(module), name=request.name
    )


def require_hookable(name: str) -> None:
    """Check a name of timm, and for what needs no hub that it can be hooked.

    Raises
    ------
    UnknownModelError
        If timm has no model, or no tag, of this name.
    UnsupportedModelError
        If it cannot be hooked.
    """
    _require_known(name)
    if not name.startswith(_HUB):
        resolve(_structure(name))


def _create(name: str, **options: Any) -> nn.Module:
    import timm  # noqa: PLC0415 (takes a second)

    return timm.create_model(name, **options)


def _require_known(name: str) -> None:
    import timm  # noqa: PLC0415 (takes a second)

    if name.startswith(FOLDER):
        require_folder(name)
    if name.startswith((*_HUB, FOLDER)):
        return
    if not timm.is_model(name):
        raise UnknownModelError(
            f"there is no model {name!r}; {_what_was_meant(name)}"
            "timm.list_models('vit_*') lists names, "
            "models of open_clip are called 'open_clip:ARCHITECTURE/TAG', and a folder "
            "is given as 'local-dir:PATH'."
        )
    tagged = list(timm.models.get_arch_pretrained_cfgs(name))
    if "." in name and name not in tagged:
        raise UnknownModelError(
            f"there is no model {name!r}; this architecture comes as "
            f"{', '.join(map(repr, tagged)) or repr(name.partition('.')[0])}."
        )


def _what_was_meant(name: str) -> str:
    import timm  # noqa: PLC0415 (takes a second)

    if name.endswith((".safetensors", ".pt", ".pth", ".bin")):
        return "a file is given with its architecture: pretrained='FILE'; "
    if name and Path(name).is_dir():
        return f"it is a folder, given as {FOLDER + name!r}; "
    names = [BUNDLED, BUNDLED_CLIP, *timm.list_models()]
    architecture = name.split(".", maxsplit=1)[0]
    near = difflib.get_close_matches(architecture, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    if re.fullmatch(r"\w[\w.-]*/[\w.-]+", name):
        hint += "a repository of the hub is given as 'hf-hub:USER/REPO', "
    return hint


def _structure(name: str) -> nn.Module:
    """Make the architecture without any numbers: neither time nor a download."""
    sourced = name.startswith((*_HUB, FOLDER))
    if name.startswith(_HUB) and not cached(name.partition(":")[2], ["config.json"]):
        require_hub(name)
    try:
        with without_numbers():
            return _create(name).eval()
    except Exception as error:
        if not sourced:
            raise
        # timm, the hub's client and its transport raise dozens of classes here.
        raise unavailable(name, "could not be loaded", error) from error


def _require_size(request: LoadRequest, own: nn.Module) -> None:
    """Try the size with weights of no numbers, as timm would with those of the hub."""
    wanted = cast("tuple[int, int]", request.image_size)
    try:
        with without_numbers():
            if request.trained and request.file is None and _has_weights(own):
                sized = _converted(request.name, own.state_dict(), img_size=wanted)
            else:
                sized = _create(request.name, img_size=wanted)
    except TypeError as error:
        reason = "its architecture has no setting for it"
        raise size_error(request.name, wanted, reason) from error
    except RuntimeError as error:
        reason = "timm does not interpolate its trained positions"
        raise size_error(request.name, wanted, reason) from error
    config = resolve(sized.eval()).config
    if config.image_size != wanted:
        any_size = "it has no size of its own: call it with images of any"
        reason = any_size if config.dynamic_size else "its size is fixed"
        raise size_error(request.name, wanted, reason)


def _has_weights(module: nn.Module) -> bool:
    config = cast("dict[str, Any]", module.pretrained_cfg)
    return any(config.get(source) for source in _SOURCES)


def _as_published(
    request: LoadRequest, own: nn.Module, options: dict[str, Any]
) -> nn.Module:
    """Load the weights that the model's makers published, from this machine or not."""
    name, config = request.name, cast("dict[str, Any]", own.pretrained_cfg)
    if not _has_weights(own):
        raise WeightsUnavailableError(
            f"timm has no trained weights for {name!r}; {REMEDIES}."
        )
    found = weights_in(Path(config["file"])) if name.startswith(FOLDER) else None
    repository, file = config.get("hf_hub_id"), config.get("hf_hub_filename")
    if found is None and repository:
        files = [SAFE, PICKLED] if file is None else [file]
        kept = cached(repository, files)
        if kept is None:
            require_hub(name)
        elif file is None:
            # timm would ask the hub about it and wait a minute for no answer.
            found = Path(kept)
    if found is not None:
        return _filled(request, found, read_checkpoint(found), own, options)
    try:
        return _create(name, pretrained=True, **options)
    except Exception as error:
        raise unavailable(name, "could not be loaded", error) from error


def _from_file(
    request: LoadRequest, file: Path, own: nn.Module, options: dict[str, Any]
) -> nn.Module:
    state = read_checkpoint(file)
    classes = _classes(state, own)
    if classes is not None and classes != getattr(own, "num_classes", None):
        options = {**options, "num_classes": classes}
    return _filled(request, file, state, own, options)


def _classes(state: dict[str, Tensor], own: nn.Module) -> int | None:
    """Count the classes of weights; None where they do not tell."""
    config = cast("dict[str, Any]", own.pretrained_cfg)
    heads: str | tuple[str, ...] = config.get("classifier") or ()
    heads = (heads,) if isinstance(heads, str) else heads
    weights = [f"{head}.weight" for head in heads]
    counts = {len(state[weight]) for weight in weights if weight in state}
    if len(counts) == 1:
        return counts.pop()
    # All but the head is there: features alone were kept.
    misfit = compare(state, own)
    lacking = {name.rpartition(".")[0] for name in misfit.missing}
    headless = bool(lacking) and lacking <= set(heads)
    return 0 if headless and not misfit.unexpected else None


def _filled(
    request: LoadRequest,
    file: Path,
    state: dict[str, Tensor],
    own: nn.Module,
    options: dict[str, Any],
) -> nn.Module:
    """Make a module with the weights of a file, by way of timm's own conversions."""
    module = _create(request.name, **options)
    misfit = compare(state, module)
    if misfit.nothing:
        module.load_state_dict(state)
        return module
    if _has_weights(own) and not _of_other_patches(misfit):
        try:
            make = functools.partial(_converted, request.name, state, **options)
            module, random = filled_by(make)
        except Exception as error:
            # timm's conversions fail in any way on weights that they are not for.
            raise _refusal(request, file, state, own, misfit) from error
        if not random:
            return module
    raise _refusal(request, file, state, own, misfit)


def _refusal(
    request: LoadRequest,
    file: Path,
    state: dict[str, Tensor],
    own: nn.Module,
    misfit: Misfit,
) -> CheckpointError:
    """Make the error for weights that do not fit: what differs, what would fit."""
    shapes = misfit.of_another_size
    if shapes is None:
        fitting = fitting_architecture(request.name, state)
        return misfit_error(file, request.name, misfit, fitting)
    trained = size_of_positions(shapes[0], resolve(own).config.patch_size)
    return other_size_error(file, request.name, misfit, trained)


def _of_other_patches(misfit: Misfit) -> bool:
    """Whether weights are of other patches: timm would squeeze them into these."""
    was, wanted = misfit.misshapen.get("patch_embed.proj.weight", ((), ()))
    return len(was) == len(wanted) and was[2:] != wanted[2:]


def _converted(name: str, state: dict[str, Tensor], **options: Any) -> nn.Module:
    """Make a module with weights that timm brings to its names and sizes."""
    given: dict[str, Any] = {"state_dict": state, "source": ""}
    if "num_classes" in options:
        given["num_classes"] = options["num_classes"]
    module = _create(name, pretrained=True, pretrained_cfg_overlay=given, **options)
    cast("dict[str, Any]", module.pretrained_cfg).pop("state_dict")
    return module
