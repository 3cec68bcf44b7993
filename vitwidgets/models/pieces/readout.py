"""The piece after the last block: final norm, pooled features, logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

from vitwidgets.models.interception.tap import Tap, passing
from vitwidgets.models.pieces.norms import known_norm, norm_piece
from vitwidgets.models.pieces.parts import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Readout:
    """What makes the output of the last block's stream.

    Attributes
    ----------
    model
        The model, whose output is `hook_logits`.
    final_norm
        The norm on all tokens.
    pooled
        Modules that take the pooled features with the sites that they take.
    pooled_norm
        The norm on the pooled features.
    head_norm
        A norm before the head, where there is one besides the final norm.
    """

    model: nn.Module
    final_norm: nn.Module
    pooled: Sequence[tuple[str, nn.Module]]
    pooled_norm: nn.Module
    head_norm: nn.Module | None = None


def readout_piece(readout: Readout, last_stream: str | None) -> Piece:
    """Give the piece after the last block.

    Parameters
    ----------
    readout
        The tapped parts.
    last_stream
        Site of what the final norm takes; None where that is no site.
    """
    after_pool = type(readout.final_norm) is nn.Identity
    norm = readout.pooled_norm if after_pool else readout.final_norm
    taps = [Tap(part, True, passing(site), (site,)) for site, part in readout.pooled]
    logits = Tap(readout.model, False, passing("hook_logits"), ("hook_logits",))
    if type(norm) is nn.Identity:
        reason = "it has no final norm"
        missing = {
            f"ln_final.hook_{name}": reason
            for name in ("scale", "normalized", "ln_out")
        }
        return Piece((*taps, logits), missing=missing)
    source = readout.pooled[0][0] if after_pool else last_stream
    piece = norm_piece(known_norm(norm), "ln_final", source)
    in_order = (*taps, *piece.taps) if after_pool else (*piece.taps, *taps)
    if readout.head_norm is None:
        head = Piece(())
    else:
        pooled = readout.pooled[0][0] if readout.pooled else None
        head = norm_piece(known_norm(readout.head_norm), "ln_head", pooled)
    return Piece(
        (*in_order, *head.taps, logits),
        {**piece.recipes, **head.recipes},
        {**piece.missing, **head.missing},
        piece.unreachable | head.unreachable,
    )
