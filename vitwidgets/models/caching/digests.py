"""SHA-256 of tensors and texts, to tell whether two are the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor


def digest_of_tensors(tensors: Mapping[str, Tensor]) -> str:
    """Give the digest of names, dtypes, shapes and values, whatever the order."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        _add_values(digest, tensor)
    return digest.hexdigest()


def digest_of_texts(texts: Iterable[str]) -> str:
    """Give the digest of a sequence of texts."""
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.hexdigest()


def _add_values(digest: Any, tensor: Tensor) -> None:
    flat = tensor.detach().cpu().contiguous().flatten()
    octets: Any = flat.view(torch.uint8).numpy()
    digest.update(octets)
