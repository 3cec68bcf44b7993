"""The word lens: what every patch says, at every layer, in the reader's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import TraitError, observe, validate

from vitwidgets.methods.word_maps.shipped import shipped_word_map
from vitwidgets.models import HookedViT
from vitwidgets.widgets.explorer import built
from vitwidgets.widgets.lens.token_lens import TokenLens
from vitwidgets.widgets.lens.truth import lens_truth
from vitwidgets.widgets.model_on_image import read_once
from vitwidgets.widgets.reproduction import Opening, code_frame, given_again
from vitwidgets.widgets.words.source import WordSource
from vitwidgets.widgets.words.state import PLAIN, WordState
from vitwidgets.widgets.words.written import written_templates, written_words
from vitwidgets.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray
    from torch import nn

    from vitwidgets.images import ImageSource
    from vitwidgets.methods.word_map import WordMap
    from vitwidgets.widgets.history import Act

_OPENING = Opening(
    "lens",
    "WordLens",
    'results["top_probabilities"][lens.layer + 1]',
    "of each token's likeliest words",
)
_READ = ("words", "templates")
"""What the text tower reads."""


class WordLens(WordState, TokenLens):
    """What every patch of an image says at every layer, in words that you choose.

    The emoji logit lens with another dictionary: each word or prompt is a class, which
    a token has as a logit by how similar its embedding, through the model's own final
    norm and projection, is to the word's (Radford et al., 2021). Other words take no
    new pass of the image.

    Parameters
    ----------
    model
        The image tower of a CLIP that came with its text tower, as
        ``vw.load_model("emoji-clip")`` gives it; or with `through` any model.
    image
        One image, as :func:`vitwidgets.images.read_image` takes it; it goes through the
        model's own preprocessing.
    words
        A list of words or prompts, up to 200; or one text of them, divided by commas or
        lines.
    templates
        Sentences that each word is put into, with ``{}`` where it goes, up to 100: a
        word is the mean of its sentences. The word alone by default.
    masks
        Where things truly are: for names (of words, where they are) bool arrays
        ``(height, width)`` in pixels of the image. A bundled scene brings its own.
    through
        A map from the model's features to the space of a text tower, as
        :func:`vitwidgets.methods.fit_word_map` makes it, for a model without text; the
        bundled model brings its own.
    **state
        Initial values of the traits that the page may set, such as ``layer``, ``mode``,
        ``target``. Words may be given by name.

    Raises
    ------
    ValueError
        When the model is in training mode or has no preprocessing, the image can't be
        used, a mask has another size, or the map is of another model.
    TraitError
        When the words or templates can't be used, or a value of ``state`` doesn't
        exist.
    UnsupportedModelError
        When the model has no text tower and there is no map, or single tokens have no
        embedding in it.
    """

    _esm = built("word_lens.js")
    _css = built("word_lens.css")
    slow_requests = TokenLens.slow_requests | {"words"}
    page_note = (
        f"{TokenLens.page_note} Other words need a kernel: run it in a notebook."
    )

    def __init__(
        self,
        model: HookedViT | nn.Module,
        image: ImageSource,
        words: Sequence[str] | str,
        *,
        templates: Sequence[str] | str = (PLAIN,),
        masks: Mapping[str, ArrayLike] | None = None,
        through: WordMap | None = None,
        **state: Any,
    ) -> None:
        self._check_names(state)
        hooked = model if isinstance(model, HookedViT) else HookedViT(model)
        chosen = {
            "words": written_words(words),
            "templates": written_templates(templates),
        }
        seen = read_once(image)
        found = through
        if through is None and hooked.text is None:
            found = shipped_word_map(hooked)
        self._dictionary = WordSource(hooked, seen, found)
        reading = self._dictionary.reading(**chosen)
        self.model = hooked
        options = given_again(masks=masks, through=through)
        facts = {
            **reading.facts,
            "model_name": hooked.name,
            "text_name": self._dictionary.text.name,
            "map_caption": found.caption if found is not None else "",
            "code_frame": code_frame(_OPENING, [hooked], [image], options),
        }
        truth = lens_truth(masks, seen, reading.source)
        super().__init__(reading.source, truth, facts, {**chosen, **state})

    @property
    def results(self) -> dict[str, NDArray[Any]]:
        """What is read with the present lens and norm; the embedding comes first.

        Arrays: those of the emoji logit lens, whose classes are the words; and of the
        whole image each word's cosine, ``similarities``, and ``probabilities``
        ``(word,)``. A logit is ``logit_scale`` times a cosine, plus ``logit_bias``,
        where the norm is the token's own.
        """
        return {
            **super().results,
            "similarities": self.similarities,
            "probabilities": self.probabilities,
        }

    def answers(self) -> dict[str, Callable[..., Answer]]:
        """Answer what every lens does, and whether words can be read."""
        return {**super().answers(), "words": self._readable}

    def act(self, verb: str, address: str = "", **changes: Any) -> None:
        """Change the state as a deed that can be undone.

        With other words, the target and what is compared stay the words that they are;
        a word that is gone is no target any more.

        Parameters
        ----------
        verb, address, **changes
            As every view takes them.

        Raises
        ------
        TypeError
            When the widget has no such state.
        TraitError
            When a value is refused; then nothing has changed.
        """
        super().act(verb, address, **self._with_places(changes))

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take state from the page; what is refused is said there and put right."""
        try:
            complete = self._with_places(sync_data)
        except (TraitError, ValueError, RuntimeError) as error:
            self._refuse(str(error), sync_data)
            return
        super().set_state(complete)

    def close(self) -> None:
        """Close the view and free the activations that it held."""
        super().close()
        if self._source is not None:
            self._dictionary.close()

    def __setattr__(self, name: str, value: object) -> None:
        if not self._opened or name not in _READ:
            super().__setattr__(name, value)
            return
        with self.hold_sync(), self.hold_trait_notifications():
            self._set(self._with_places({name: value}))

    @validate(*_READ)
    def _validate_words(self, proposal: dict[str, Any]) -> list[str]:
        name, value = proposal["trait"].name, proposal["value"]
        wanted = {"words": self.words, "templates": self.templates, name: value}
        written_words(wanted["words"])
        written_templates(wanted["templates"])
        self._dictionary.reading(**wanted)
        return value

    @observe(*_READ)
    def _show_words(self, _change: object) -> None:
        if not self._opened:
            return
        reading = self._dictionary.reading(self.words, self.templates)
        if reading.source is self._live:
            return
        self._show(reading.source, self._truth.for_labels(reading.source.labels))
        facts = {
            **reading.facts,
            **self.class_facts(),
            **self._readings_facts(self.lens, self.norm),
        }
        # One message, as the page shows them together.
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in facts.items():
                self.set_trait(name, value)

    def _readable(self, words: object, templates: object) -> Answer:
        reading = self._dictionary.reading(
            written_words(words), written_templates(templates)
        )
        return Answer({"unknown_words": reading.facts["unknown_words"]})

    def _with_places(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Say where the chosen words lie among those that they are exchanged for.

        All that can fail is done here, before anything is changed.
        """
        if changes.keys().isdisjoint(_READ):
            return dict(changes)
        words = written_words(changes.get("words", self.words))
        templates = written_templates(changes.get("templates", self.templates))
        self._dictionary.reading(words, templates)
        places = {word: index for index, word in enumerate(words)}
        moved = [places.get(word, -1) for word in self.words]
        follow = {
            "target": moved[self.target] if self.target >= 0 else -1,
            "versus": moved[self.versus] if self.versus >= 0 else -1,
            "mask": [moved[each] for each in self.mask if moved[each] >= 0],
        }
        return {**follow, **changes, "words": words, "templates": templates}

    def _class_count(self) -> int:
        return len(self.words)

    def _verdict(self) -> str:
        best = int(self.output_classes[0])
        return (
            f"of these {len(self.words)} words the image is most like "
            f"{self.named(best)} ({float(self.output_probabilities[0]):.1%})"
        )

    def _kept_acts(self) -> tuple[list[Act], int]:
        """Leave out what a page without a kernel can't undo: other words."""
        acts, undone = super()._kept_acts()
        done = len(acts) - undone
        other = [
            index
            for index, act in enumerate(acts)
            if not act["before"].keys().isdisjoint(_READ)
        ]
        first = max((index + 1 for index in other if index < done), default=0)
        last = min((index for index in other if index >= done), default=len(acts))
        return acts[first:last], last - done
