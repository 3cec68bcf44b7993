"""The names of a model's classes, where something tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vitwidgets.labels.class_lists import class_list, list_of_size

if TYPE_CHECKING:
    from collections.abc import Mapping


def class_names(
    model_or_dataset: object, *, synonyms: bool = False
) -> tuple[str, ...] | None:
    """Return one name a class.

    Parameters
    ----------
    model_or_dataset
        A model (a `HookedViT` or a module of timm), or the name of a list:
        ``"imagenet-1k"``, ``"imagenet-12k"``, ``"imagenet-21k"`` and the other subsets
        that timm has, ``"emoji-vit"`` for the bundled model's. Of a model the names
        that it was given come first, then those in its timm configuration, then
        those of the ImageNet subset that has as many classes.
    synonyms
        From such a list take all names of a class, divided by commas ("tabby, tabby
        cat"). Otherwise the first one; where two classes share it, with WordNet's
        number, as in "crane (n02012849)".

    Returns
    -------
    tuple[str, ...] or None
        In the order of the logits. None for a model whose classes nothing names.

    Raises
    ------
    ValueError
        If no list has this name.
    """
    if isinstance(model_or_dataset, str):
        found = class_list(model_or_dataset)
        return found.descriptions if synonyms else found.names
    own = given_names(model_or_dataset)
    if own is not None:
        return own or None
    found = list_of_size(class_count(model_or_dataset))
    if found is None:
        return None
    return found.descriptions if synonyms else found.names


def given_names(model: object) -> tuple[str, ...] | None:
    """Return the names that came with a model; none at all if they don't fit its head.

    Returns
    -------
    tuple[str, ...] or None
        None where no names came with it; empty where timm's configuration has names
        of some other number of classes, as after a change of the head.
    """
    own = getattr(model, "class_names", None)
    if own is None:
        module = getattr(model, "module", model)
        config = cast("dict[str, Any]", getattr(module, "pretrained_cfg", None) or {})
        own = config.get("label_names")
    if own is None:
        return None
    names = tuple(str(name) for name in own)
    return names if len(names) == class_count(model) else ()


def class_count(model: object) -> int:
    """Return the number of a model's logits; 0 for one without a classifier."""
    config = getattr(model, "config", None)
    count = getattr(config, "n_classes", None)
    if count is None:
        count = getattr(model, "num_classes", 0)
    return int(count)


def names_from_id2label(id2label: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return class names from a dictionary of Hugging Face's kind.

    Parameters
    ----------
    id2label
        Each class's number, an int or (as JSON has it) its digits, to its name.

    Raises
    ------
    ValueError
        If a key is no such number, two keys are the same number, numbers from 0 on
        are missing, or a name is no text.

    Examples
    --------
    >>> names_from_id2label({"1": "dog", "0": "cat"})
    ('cat', 'dog')
    """
    names: dict[int, str] = {}
    for key, name in id2label.items():
        index = _class_number(key)
        if index in names:
            raise ValueError(
                f"id2label has two names for class {index}: {names[index]!r} and "
                f"{name!r}; keep one of them"
            )
        if not isinstance(name, str):
            raise ValueError(  # noqa: TRY004 - the value of a file, not an argument
                f"id2label gives {name!r} as the name of class {index}; it must be text"
            )
        names[index] = name
    missing = [index for index in range(len(names)) if index not in names]
    if missing or not names:
        shown = ", ".join(map(str, missing[:5])) + (", ..." if missing[5:] else "")
        found = f"it lacks {shown}" if missing else "it is empty"
        raise ValueError(
            f"id2label must name every class from 0 on, and {found}"
            + (f" (its {len(names)} keys go up to {max(names)})" if names else "")
        )
    return tuple(names[index] for index in range(len(names)))


def _class_number(key: object) -> int:
    digits = str(key)
    if isinstance(key, (int, str)) and digits.isascii() and digits.isdigit():
        return int(digits)
    raise ValueError(
        f"id2label has the key {key!r}; keys must be class numbers from 0 on, such as "
        '3 or "3"'
    )
