"""The two towers of open_clip's models, each as a module of its own."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import UnsupportedModelError

_CLIP = "open_clip.model.CLIP"
_APART = ("open_clip.model.CustomTextCLIP", "open_clip.coca_model.CoCa")


class ClipText(nn.Module):
    """The text side of open_clip's class `CLIP`, whose parts lie in the model itself.

    The parts are shared, not copied; the code that runs is the model's own
    `encode_text`. A model that is moved to another device needs a new one.

    Parameters
    ----------
    clip
        The model.
    """

    attn_mask: Tensor | None

    def __init__(self, clip: nn.Module) -> None:
        super().__init__()
        model = cast("Any", clip)
        # The names that encode_text looks for.
        self.transformer: nn.Module = model.transformer
        self.token_embedding: nn.Module = model.token_embedding
        self.positional_embedding: nn.Parameter = model.positional_embedding
        self.ln_final: nn.Module = model.ln_final
        self.text_projection: nn.Parameter | nn.Module | None = model.text_projection
        self.text_pool_type: str = model.text_pool_type
        self.text_eos_id: int = model.text_eos_id
        self.register_buffer("attn_mask", model.attn_mask, persistent=False)
        self._encode_text: Any = cast("Any", type(clip)).encode_text
        self.training = clip.training

    def forward(self, text: Tensor) -> Tensor:
        """Encode texts.

        Parameters
        ----------
        text
            Token ids, ``(batch, context_length)``.

        Returns
        -------
        Tensor
            Their features, ``(batch, d_embed)``, of any length.
        """
        return self._encode_text(self, text)


def text_tower(clip: nn.Module) -> nn.Module:
    """Give the text tower of a model of open_clip, its weights shared.

    Parameters
    ----------
    clip
        A `CLIP`, `CustomTextCLIP` or `CoCa` of open_clip.

    Returns
    -------
    nn.Module
        Token ids ``(batch, context_length)``, as `open_clip.get_tokenizer` gives them,
        -> features ``(batch, d_embed)`` before they are brought to length 1; with
        CoCa's, each token's output as well.

    Raises
    ------
    UnsupportedModelError
        If it is none of these.
    """
    if class_path(clip) == _CLIP:
        return ClipText(clip)
    _require_two_towers(clip)
    return cast("nn.Module", clip.text)


def image_tower(clip: nn.Module) -> nn.Module:
    """Give the image tower of a model of open_clip.

    Parameters
    ----------
    clip
        A `CLIP`, `CustomTextCLIP` or `CoCa` of open_clip.

    Raises
    ------
    UnsupportedModelError
        If it is none of these.
    """
    _require_two_towers(clip)
    return cast("nn.Module", clip.visual)


def _require_two_towers(clip: nn.Module) -> None:
    if class_path(clip) not in (_CLIP, *_APART):
        raise UnsupportedModelError(
            f"a model of open_clip with two towers is wanted ({_CLIP}, "
            f"{' or '.join(_APART)}), got a {class_path(clip)}"
        )
