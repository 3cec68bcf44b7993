"""From a name to a hooked model with its preprocessing and its class names."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

import torch

from vitwidgets.images import Preprocessing
from vitwidgets.models.hooked_vit import HookedViT
from vitwidgets.models.layout import resolve

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from torch import Tensor, nn

BUNDLED = "emoji-vit"
"""Name of the model that comes with the package."""

_CARD_FORMAT = 1
_CARD_KEYS = ("format", "architecture", "preprocessing", "classes", "weights")
_HUB_SOURCES = ("hf-hub:", "hf_hub:")
_OTHER_SOURCES = (*_HUB_SOURCES, "local-dir:")
_HUB_SECONDS = 5.0
_REMEDIES = (
    "pass pretrained=False for random weights, or call load_model() for the bundled "
    "model, which needs no network"
)


class UnknownModelError(ValueError):
    """A name that neither this package nor timm knows."""


class WeightsUnavailableError(RuntimeError):
    """Trained weights that do not exist or cannot be fetched now."""


class DamagedModelError(RuntimeError):
    """A bundled model whose card or weights are missing or do not fit together."""


def load_model(name: str | None = None, *, pretrained: bool = True) -> HookedViT:
    """Load a vision transformer by name.

    The module is in evaluation mode, float32, on the CPU; its parameters require
    gradients, as timm makes them.

    Parameters
    ----------
    name
        None or "emoji-vit" for the bundled model, which is read from the package and
        needs no network; else a name of timm with or without a tag, such as
        "vit_small_patch16_224" or "vit_small_patch16_224.augreg_in1k", or with timm's
        prefixes "hf-hub:" and "local-dir:".
    pretrained
        False for timm's random initialisation under the present seed of torch: call
        ``torch.manual_seed`` before for the same weights again. Class names and
        preprocessing stay those of the trained model.

    Raises
    ------
    UnknownModelError
        If there is no model, or no tag, of this name; the message suggests others.
    UnsupportedModelError
        If it is no vision transformer that can be hooked. Weights are not fetched.
    WeightsUnavailableError
        If there are no trained weights, or they are neither in the cache nor can be
        downloaded.
    DamagedModelError
        If the bundled files are missing or damaged.
    """
    if name is None or name == BUNDLED:
        folder = resources.files("vitwidgets.models") / "bundled"
        return load_bundled(folder, pretrained=pretrained)
    return _load_from_timm(_checked(name), pretrained=pretrained)


def load_bundled(folder: Path | Traversable, *, pretrained: bool = True) -> HookedViT:
    """Load ``emoji-vit`` from a folder that holds its card and weights.

    Raises
    ------
    DamagedModelError
        If a file is missing, or card and weights do not fit together.
    """
    from timm.models.vision_transformer import VisionTransformer  # noqa: PLC0415

    card = _card(folder)
    try:
        if pretrained:
            # On the meta device nothing is initialised, so torch's random state and
            # half a second are left alone.
            with torch.device("meta"):
                module = VisionTransformer(**card["architecture"])
            module.load_state_dict(_weights(folder, card), assign=True)
        else:
            module = VisionTransformer(**card["architecture"])
        classes: list[dict[str, str]] = card["classes"]
        names = [entry["name"] for entry in classes]
        emoji = [entry["emoji"] for entry in classes]
        preprocessing = Preprocessing.from_timm_config(card["preprocessing"])
    except (TypeError, ValueError, KeyError, RuntimeError) as error:
        if isinstance(error, DamagedModelError):
            raise
        reason = _one_line(error)
        raise _damaged(
            f"its card and weights do not fit together ({reason})"
        ) from error
    if len(names) != module.num_classes:
        raise _damaged(
            f"its card names {len(names)} classes, its head has {module.num_classes}"
        )
    return HookedViT(
        module.eval(),
        preprocessing=preprocessing,
        class_names=names,
        class_emoji=emoji,
        name=BUNDLED,
    )


def _card(folder: Path | Traversable) -> dict[str, Any]:
    try:
        card: Any = json.loads(_contents(folder, f"{BUNDLED}.json"))
    except ValueError as error:
        raise _damaged(f"{BUNDLED}.json is not JSON ({error})") from error
    if not isinstance(card, dict):
        raise _damaged(f"{BUNDLED}.json holds no JSON object")
    missing = [key for key in _CARD_KEYS if key not in card]
    if missing:
        raise _damaged(f"{BUNDLED}.json lacks {', '.join(missing)}")
    if card["format"] != _CARD_FORMAT:
        raise _damaged(
            f"{BUNDLED}.json has format {card['format']!r}, not {_CARD_FORMAT}"
        )
    return cast("dict[str, Any]", card)


def _weights(folder: Path | Traversable, card: dict[str, Any]) -> dict[str, Tensor]:
    """Read the weights, checked against the card's digest, as float32."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.torch import load  # noqa: PLC0415

    file = card["weights"]["file"]
    contents = _contents(folder, file)
    digest = hashlib.sha256(contents).hexdigest()
    if digest != card["weights"]["sha256"]:
        raise _damaged(
            f"{file} has SHA-256 {digest}, its card says {card['weights']['sha256']}"
        )
    try:
        stored = load(contents)
    except SafetensorError as error:
        raise _damaged(f"{file} is no safetensors file ({error})") from error
    return {name: tensor.float() for name, tensor in stored.items()}


def _contents(folder: Path | Traversable, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except OSError as error:
        raise _damaged(f"{file} cannot be read ({error.strerror})") from error


def _damaged(what: str) -> DamagedModelError:
    return DamagedModelError(
        f"the bundled model {BUNDLED!r} is damaged: {what}; install vitwidgets again "
        "(pip install --force-reinstall vitwidgets)."
    )


def _checked(name: object) -> str:
    """Return a name that timm can be asked for."""
    import timm  # noqa: PLC0415 (takes a second)

    if not isinstance(name, str):
        raise TypeError(
            f"name is a {type(name).__name__}, not a string; wrap a module that you "
            "hold with HookedViT(module)."
        )
    if name.startswith(_OTHER_SOURCES):
        return name
    if not timm.is_model(name):
        names = [BUNDLED, *timm.list_models(module="vision_transformer")]
        near = difflib.get_close_matches(name.split(".")[0], names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise UnknownModelError(
            f"there is no model {name!r}; {hint}timm.list_models('vit_*') lists names, "
            "and a folder is given as 'local-dir:PATH'."
        )
    tagged = list(timm.models.get_arch_pretrained_cfgs(name))
    if "." in name and name not in tagged:
        raise UnknownModelError(
            f"there is no model {name!r}; this architecture comes as "
            f"{', '.join(map(repr, tagged)) or repr(name.split('.')[0])}."
        )
    return name


def _load_from_timm(name: str, *, pretrained: bool) -> HookedViT:
    import timm  # noqa: PLC0415 (takes a second)

    changes: dict[str, Any] = {}
    if not name.startswith(_OTHER_SOURCES):
        # The architecture alone: what cannot be hooked is refused before a download.
        with torch.device("meta"):
            resolve(timm.create_model(name).eval())
        changes = _weights_at_hand(name) if pretrained else {}
    elif name.startswith(_HUB_SOURCES) and not _cached(
        name.partition(":")[2], "config.json"
    ):
        _reach_hub(name)
    try:
        module = timm.create_model(
            name, pretrained=pretrained, pretrained_cfg_overlay=changes
        )
    except Exception as error:
        if not pretrained:
            raise
        # timm, the hub's client and its transport raise dozens of classes here.
        raise _unavailable(name, "could not be loaded", error) from error
    return HookedViT(module.eval(), class_names=_class_names(module), name=name)


def _weights_at_hand(name: str) -> dict[str, Any]:
    """Make sure that the weights of one of timm's own models can be had.

    Returns
    -------
    dict[str, Any]
        What to change in timm's configuration: it names the cached file, where there
        is one, as timm would ask the hub about it and wait a minute for no answer.

    Raises
    ------
    WeightsUnavailableError
        If there are no weights, or they would have to come from a hub out of reach.
    """
    import timm  # noqa: PLC0415 (takes a second)

    config = timm.get_pretrained_cfg(name)
    if config is None or not config.has_weights:
        raise WeightsUnavailableError(
            f"timm has no trained weights for {name!r}; {_REMEDIES}."
        )
    if not config.hf_hub_id:
        return {}
    pickled = config.hf_hub_filename or "pytorch_model.bin"
    for file in (pickled.replace("pytorch_model.bin", "model.safetensors"), pickled):
        cached = _cached(config.hf_hub_id, file)
        if cached is not None:
            # A model that names a file of its own may load it in its own way.
            own_way = config.hf_hub_filename is not None
            return {} if own_way else {"file": cached, "custom_load": False}
    _reach_hub(name)
    return {}


def _cached(identifier: str, file: str) -> str | None:
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415

    repository, _, revision = identifier.partition("@")
    found = try_to_load_from_cache(repository, file, revision=revision or None)
    return found if isinstance(found, str) else None


def _reach_hub(name: str) -> None:
    """Fail within seconds where the hub's own client retries for most of a minute."""
    from huggingface_hub import constants  # noqa: PLC0415
    from huggingface_hub.utils import get_session  # noqa: PLC0415

    try:
        get_session().head(constants.ENDPOINT, timeout=_HUB_SECONDS)
    except Exception as error:
        problem = "are not on this machine and the model hub cannot be reached"
        raise _unavailable(name, problem, error) from error


def _unavailable(name: str, problem: str, error: Exception) -> WeightsUnavailableError:
    return WeightsUnavailableError(
        f"the weights of {name!r} {problem} ({_one_line(error)}); {_REMEDIES}."
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _class_names(module: nn.Module) -> list[str] | None:
    """Return one name a class, where the configuration or ImageNet tells them."""
    from timm.data import imagenet_info  # noqa: PLC0415

    count = getattr(module, "num_classes", 0)
    config = cast("dict[str, Any]", getattr(module, "pretrained_cfg", {}))
    own = config.get("label_names")
    if own is not None:
        return [str(label) for label in own] if len(own) == count else None
    subset = imagenet_info.infer_imagenet_subset({"num_classes": count})  # pyright: ignore[reportUnknownMemberType]
    if subset is None:
        return None
    info = imagenet_info.ImageNetInfo(subset)
    short = [text.split(",")[0] for text in info.label_descriptions()]
    # Two classes are both "crane", so WordNet's number keeps the bird from the machine.
    often = Counter(short)
    return [
        text if often[text] == 1 else f"{text} ({synset})"
        for text, synset in zip(short, info.label_names(), strict=True)
    ]
