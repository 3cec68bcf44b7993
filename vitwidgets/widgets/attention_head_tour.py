"""The attention head tour: every head of a model at once, from any token's side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from traitlets import Enum, Int, List, Tuple, Unicode, validate

from vitwidgets.images import prepare_image
from vitwidgets.methods.plain_patterns import require_plain_patterns
from vitwidgets.models import HookedViT
from vitwidgets.widgets.attention_still import attention_still
from vitwidgets.widgets.attention_svg import attention_svg
from vitwidgets.widgets.explorer import Explorer, built
from vitwidgets.widgets.exported_page import KeptAnswer
from vitwidgets.widgets.reproduction import image_line, model_lines
from vitwidgets.wire import (
    Answer,
    Array,
    BadRequestError,
    Index,
    checked_index,
    owned,
    quantise_attention,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from PIL import Image
    from torch import nn

    from vitwidgets.images import ImageSource, Preprocessing

PAYLOAD_BUDGET = 16_000_000
"""Bytes of attention that a view may fetch by default (15 images' worth of emoji-vit
and the whole of ViT-B/16); beyond it only rows for the present query travel."""


class AttentionHeadTour(Explorer):
    """All attention heads of a vision transformer on one image, live.

    Point at a patch (or a prefix token such as CLS) and every head shows where that
    token looks, or who looks at it.

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT`, or a module that one can be made of.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through
        the model's own preprocessing.
    payload_budget
        Bytes of attention the page may fetch. A model whose patterns are larger sends
        only the rows of the present query.
    **state
        Initial values of ``layer``, ``head``, ``query``, ``direction``, ``scale`` and
        ``maximum``.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, or the image can't
        be used.
    TraitError
        When a value of ``state`` doesn't exist on this model.
    UnsupportedModelError
        When the model's heads have no pattern of their own from each token of an image
        to each: it reads texts, attends in windows, or mixes or subtracts patterns.
    """

    _esm = built("attention_head_tour.js")
    _css = built("attention_head_tour.css")

    model_name = owned(Unicode(help="Name of the model, for captions."), "py")
    n_layers = owned(Int(help="Number of blocks."), "py")
    n_heads = owned(Int(help="Number of heads in a block."), "py")
    n_tokens = owned(Int(help="Prefix tokens and patches together."), "py")
    grid = owned(Tuple(Int(), Int(), help="Rows and columns of patches."), "py")
    prefix_tokens = owned(
        List(Unicode(), help="Names of the tokens before the patches, e.g. cls."),
        "py",
    )
    picture = owned(
        Array("uint8", help="What the model saw, [height, width, 3]."), "py"
    )
    opening_codes = owned(
        Array("uint8", help="Codes of the first row or column, [layer, head, token]."),
        "py",
    )
    opening_scales = owned(
        Array("float32", help="Their scales, [layer, head, 1]."),
        "py",
    )
    opening_query = owned(Int(help="The token that the opening rows belong to."), "py")
    opening_direction = owned(
        Enum(("row", "column"), "row", help="The direction of the opening rows."),
        "py",
    )
    delivery = owned(
        Enum(
            ("layers", "rows"),
            "layers",
            help="Whether whole layers fit the payload budget, or only rows travel.",
        ),
        "py",
    )

    layer = owned(Index(help="Block of the head in the large view."), "both")
    head = owned(Index(help="The head in the large view."), "both")
    query = owned(Index(help="The token whose row or column is shown."), "both")
    direction = owned(
        Enum(
            ("row", "column"),
            "row",
            help="row: what the token attends to; column: who attends to it.",
        ),
        "both",
    )
    scale = owned(
        Enum(("linear", "log"), "linear", help="Scale of the colours."),
        "both",
    )
    maximum = owned(
        Enum(
            ("head", "shared"),
            "head",
            help="The brightest colour: each head's own maximum, or one for all.",
        ),
        "both",
    )

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        *,
        payload_budget: int = PAYLOAD_BUDGET,
        **state: Any,
    ) -> None:
        self._check_names(state)
        self.model = model if isinstance(model, HookedViT) else HookedViT(model)
        require_plain_patterns(self.model)
        prepared = prepare_image(image, self._preprocessing())
        weight = next(self.model.module.parameters())
        with torch.no_grad():
            _, self._cache = self.model.run_with_cache(
                prepared.pixels.to(weight),
                names_filter="blocks.*.attn.hook_pattern",
            )
        config, grid = self.model.config, self.model.grid
        tokens = grid.n_tokens
        self._sizes = {
            "layer": config.n_layers,
            "head": config.n_heads,
            "query": tokens,
            "key": tokens,
        }
        centre = grid.token(grid.rows // 2, grid.cols // 2)
        state = {
            "layer": config.n_layers - 1,
            "query": 0 if grid.n_prefix_tokens else centre,
            **state,
        }
        query = self._checked("query", state["query"])
        direction = state.get("direction", "row")
        opening = self._codes(query, direction)
        self._payload_budget = payload_budget
        facts = {
            "model_name": self.model.name,
            "n_layers": config.n_layers,
            "n_heads": config.n_heads,
            "n_tokens": tokens,
            "grid": (grid.rows, grid.cols),
            "prefix_tokens": list(grid.prefix_names),
            "picture": prepared.picture,
            "opening_codes": opening["codes"],
            "opening_scales": opening["scales"],
            "opening_query": query,
            "opening_direction": direction,
            "delivery": "layers" if self._attention_bytes <= payload_budget else "rows",
            "code_frame": self._code_frame(image),
        }
        super().__init__(facts, state)

    @property
    def results(self) -> NDArray[np.float32]:
        """Attention on screen, exact: the present query's row or column.

        Shape ``(layer, head, token)``.
        """
        return self._attention(self.query, self.direction)

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Answer for whole layers, for the rows of one query, for one exact value."""
        return {
            "attention": self._answer_attention,
            "rows": self._answer_rows,
            "value": self._answer_value,
        }

    def kept_answers(self) -> Iterator[KeptAnswer]:
        """Answer for every layer: a page without a kernel asks for no more.

        Raises
        ------
        ValueError
            When all attention together is over the tour's ``payload_budget``.
        """
        if self._attention_bytes > self._payload_budget:
            raise ValueError(
                f"the page would hold {self._attention_bytes:,} bytes of attention, "
                f"over this tour's payload_budget of {self._payload_budget:,}: open it "
                f"with payload_budget={self._attention_bytes}, or write a picture with "
                "to_png or to_svg."
            )
        # A generator would raise only when the page is half written.
        return (
            KeptAnswer("attention", {"layer": layer}, self._answer_attention(layer))
            for layer in range(self.n_layers)
        )

    def still(self) -> Image.Image:
        """Draw all heads' patches from the present query's side."""
        return attention_still(self.picture, self._patches())

    def svg(self) -> str:
        """Draw what the still shows, with the names of layers and heads as text."""
        return attention_svg(self.picture, self._patches(), self.caption())

    def caption(self) -> str:
        """Say which model, head and token are shown."""
        way = {"row": "attention from", "column": "attention to"}[self.direction]
        token = self.model.grid.label(self.query)
        return (
            f"AttentionHeadTour of {self.model_name}: {way} token {token}, "
            f"{self.n_layers} layers x {self.n_heads} heads; large view: "
            f"L{self.layer}.H{self.head}"
        )

    def close(self) -> None:
        """Close the view and free the activations that it held."""
        super().close()
        self._cache = None

    @validate("layer", "head", "query")
    def _validate_index(self, proposal: dict[str, Any]) -> int:
        return self._checked(proposal["trait"].name, proposal["value"])

    def _checked(self, name: str, value: object) -> int:
        return checked_index(name, value, self._sizes[name])

    def _preprocessing(self) -> Preprocessing:
        if self.model.preprocessing is None:
            raise ValueError(
                f"{self.model.name} came without preprocessing, so an image can't be "
                "made ready for it: open it with vw.load_model(name), or say "
                "HookedViT(module, preprocessing=vw.images.Preprocessing(...))",
            )
        return self.model.preprocessing

    @property
    def _attention_bytes(self) -> int:
        tokens = self._sizes["query"]
        return self._sizes["layer"] * self._sizes["head"] * tokens * (tokens + 4)

    def _code_frame(self, image: ImageSource) -> tuple[str, str]:
        before = (
            f"import vitwidgets as vw\n\n{model_lines(self.model)}\n"
            f"{image_line(image)}\ntour = vw.AttentionHeadTour(\n    model,\n"
            "    image,\n"
        )
        if self._payload_budget != PAYLOAD_BUDGET:
            before += f"    payload_budget={self._payload_budget},\n"
        after = (
            ")\nprint(tour.results[tour.layer, tour.head])  # a value for each token\n"
            "tour\n"
        )
        return before, after

    def _patches(self) -> NDArray[np.float32]:
        patches = self.results[:, :, len(self.prefix_tokens) :]
        return patches.reshape(*patches.shape[:2], *self.grid)

    def _pattern(self, layer: int, query: int | None = None) -> NDArray[np.float32]:
        if self._cache is None:
            raise RuntimeError("this tour was closed; make a new AttentionHeadTour")
        return self._cache.pattern(layer, query=query)[0].detach().cpu().numpy()

    def _attention(self, query: int, direction: str) -> NDArray[np.float32]:
        layers = range(self._sizes["layer"])
        if direction == "row":
            return np.stack([self._pattern(layer, query) for layer in layers])
        return np.stack([self._pattern(layer)[:, :, query] for layer in layers])

    def _codes(self, query: int, direction: str) -> dict[str, np.ndarray]:
        vectors = quantise_attention(self._attention(query, direction))
        return {"codes": vectors.codes, "scales": vectors.scales[..., None]}

    def _answer_attention(self, layer: object) -> Answer:
        pattern = quantise_attention(self._pattern(self._checked("layer", layer)))
        return Answer(arrays={"codes": pattern.codes, "scales": pattern.scales})

    def _answer_rows(self, query: object, direction: object) -> Answer:
        if direction not in ("row", "column"):
            raise BadRequestError(f"direction={direction!r:.100}: row or column")
        return Answer(arrays=self._codes(self._checked("query", query), direction))

    def _answer_value(
        self,
        layer: object,
        head: object,
        query: object,
        key: object,
    ) -> Answer:
        row = self._pattern(
            self._checked("layer", layer), self._checked("query", query)
        )
        value = row[self._checked("head", head), self._checked("key", key)]
        return Answer(result={"value": float(value)})
