"""A hooked image tower whose classes are words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from torch import nn

from vitwidgets.labels.word_emoji import word_emoji
from vitwidgets.models.errors import UnsupportedModelError
from vitwidgets.models.words.checked_texts import (
    PLACE,
    checked_templates,
    distinct_texts,
)
from vitwidgets.models.words.zero_shot import ZeroShotClassifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from vitwidgets.models.words.text_encoder import TextEncoder
    from vitwidgets.models.words.text_side import TextSide


class FeatureMap(Protocol):
    """A linear map from the features of one model to the space of one text side."""

    @property
    def text(self) -> TextEncoder:
        """The text side."""
        ...

    def linear_for(self, model: Any, text: TextEncoder) -> nn.Linear:
        """Give the map, or raise ValueError if it is of another model or text side."""
        ...


class WordClasses(ABC):
    """What a hooked model does with words.

    Attributes
    ----------
    module, name
        Of the model.
    templates
        What its words were put into; empty for a model whose classes are no words.
    """

    module: nn.Module
    name: str
    templates: tuple[str, ...] = ()
    _text_side: TextSide

    @property
    def text(self) -> TextEncoder | None:
        """The text side that it was trained with, loaded when it is first asked for.

        None for a model that came without one.
        """
        return self._text_side.get()

    def with_words(
        self,
        words: Sequence[str],
        templates: Sequence[str] = (PLACE,),
        *,
        text: TextEncoder | None = None,
        through: nn.Linear | FeatureMap | None = None,
    ) -> Self:
        """Give a model over the same image tower whose classes are words.

        It is a hooked model as any other: lenses, attribution, patching and views work
        on it. The tower and its weights are shared. Its logits are those of open_clip,
        ``logit_scale * similarity + logit_bias``.

        Parameters
        ----------
        words
            Distinct words or prompts.
        templates
            What each word is put into, in place of ``{}``; embeddings are averaged.
        text
            The text side; by default that of the word map, or the model's own.
        through
            For a model that was never trained with texts: a word map, as
            `fit_word_map` gives it; or any linear map from what the model pools,
            ``d_model`` wide, to embeddings of `text`.

        Returns
        -------
        HookedViT
            Its `class_names` are the words. A run of it can be read by that of other
            words on the same tower, as far as the stream goes: ``LogitLens(other,
            cache)`` needs no other run. What depends on the logits does.

        Raises
        ------
        UnsupportedModelError
            If there is no text side, or the model gives no embedding of an image.
        TypeError, ValueError
            If words or templates cannot be used, as `TextEncoder.word_embeddings` says,
            or are of another width than embeddings of images; or a word map is of
            another model, or another text side.

        Examples
        --------
        >>> model = vitwidgets.load_model("emoji-clip").with_words(["cat", "dog"])
        >>> model(images).softmax(-1)
        """
        other, linear = text, None
        if isinstance(through, nn.Linear):
            linear = through
        elif through is not None:
            other = text or through.text
            linear = through.linear_for(self, other)
        encoder = other or self.text
        if encoder is None:
            raise no_text(self.name)
        names = distinct_texts("words", words)
        embeddings = encoder.word_embeddings(names, templates)
        tower = self.module
        if isinstance(tower, ZeroShotClassifier):
            linear = linear or tower.through
            tower = tower.tower
        scale, bias = encoder.logit_scale, encoder.logit_bias
        module = ZeroShotClassifier(tower, embeddings, scale, bias, through=linear)
        given = {
            "class_names": names,
            "class_emoji": word_emoji(names),
            "name": self.name,
            "text": other or self._text_side,
        }
        model = self._over_same_blocks(module, given)
        model.templates = checked_templates(templates)
        return model

    @abstractmethod
    def _over_same_blocks(self, module: nn.Module, given: dict[str, Any]) -> Self:
        """Give a model that differs in its classes alone, whose blocks are known."""


def no_text(name: str) -> UnsupportedModelError:
    """Error for a model that came without a text side."""
    return UnsupportedModelError(
        f"{name} came without a text side, so that it knows no words: load a CLIP by "
        f"name, such as vitwidgets.load_model('emoji-clip'), say "
        f"text=TextEncoder(clip, tokenizer), or read it through a word map "
        f"(vitwidgets.methods.fit_word_map)"
    )
