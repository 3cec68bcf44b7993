"""The emoji logit lens: the class that every patch says, at every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitwidgets.methods.tuning.shipped import shipped_lens
from vitwidgets.models import HookedViT
from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.lens.kinds import KindsState, kinds_facts
from vitwidgets.widgets.lens.source import LensSource
from vitwidgets.widgets.lens.stream_run import StreamRun
from vitwidgets.widgets.lens.token_lens import TokenLens
from vitwidgets.widgets.lens.truth import lens_truth
from vitwidgets.widgets.model_on_image import read_once
from vitwidgets.widgets.reproduction import Opening, code_frame, given_again

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.tuned_lens import TunedLens

_OPENING = Opening(
    "lens",
    "EmojiLogitLens",
    'results["top_probabilities"][lens.layer + 1]',
    "of each token's 5 likeliest classes",
)


class EmojiLogitLens(KindsState, TokenLens):
    """What every patch of an image says at every layer, as emoji, live.

    Any token is read by the model's own final norm and classifier (the logit lens,
    nostalgebraist, 2020), or by a tuned lens (Belrose et al., 2023).

    Parameters
    ----------
    model
        A :class:`vitwidgets.HookedViT` with a classifier, or a module that one can be
        made of.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through the
        model's own preprocessing.
    masks
        Where things truly are: for names (of classes, where they are) bool arrays
        ``(height, width)`` in pixels of the image. A bundled scene brings its own.
    tuned
        A tuned lens that was fitted to this model; the bundled model brings its own.
    **state
        Initial values of the traits that the page may set, such as ``layer``, ``mode``,
        ``target``. Classes may be given by name.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, the image can't be
        used, a mask has another size, or the tuned lens is of another model.
    TraitError
        When a value of ``state`` doesn't exist on this model.
    UnsupportedModelError
        When single tokens have no logits in this model: it has no classifier, or pools
        in a way that leaves none.
    """

    _esm = built("emoji_logit_lens.js")
    _css = built("emoji_logit_lens.css")

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        *,
        masks: Mapping[str, ArrayLike] | None = None,
        tuned: TunedLens | None = None,
        **state: Any,
    ) -> None:
        self._check_names(state)
        hooked = model if isinstance(model, HookedViT) else HookedViT(model)
        seen = read_once(image)
        run = StreamRun(hooked, seen)
        source = LensSource(
            run,
            hooked,
            run.logits,
            shipped_lens(hooked) if tuned is None else tuned,
            why_untuned=f"there is no tuned lens for {hooked.name}: fit one with "
            "vitwidgets.methods.train_tuned_lens and give it as tuned=",
        )
        truth = lens_truth(masks, seen, source)
        self.model = hooked
        options = given_again(masks=masks, tuned=tuned)
        frame = code_frame(_OPENING, [hooked], [image], options)
        facts = {**kinds_facts(source.labels), "code_frame": frame}
        super().__init__(source, truth, facts, state)
