"""The text side of a model of open_clip: from words to embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from torch.nn import functional

from vitwidgets.models.class_path import class_path
from vitwidgets.models.errors import ModelStateError, UnsupportedModelError
from vitwidgets.models.families.open_clip_towers import text_tower
from vitwidgets.models.words.checked_texts import (
    PLACE,
    checked_templates,
    checked_texts,
    distinct_texts,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

_AT_ONCE = 256
"""Prompts in one pass."""


class Tokenizer(Protocol):
    """What `open_clip.get_tokenizer` gives."""

    def __call__(self, texts: list[str], context_length: int | None = None) -> Tensor:
        """Give token ids, ``(text, context_length)``."""
        ...


class TextEncoder:
    """The text side of a model of open_clip.

    The model's parts are shared, not copied, and run as they are; nothing has
    gradients. Any thread may use it.

    Parameters
    ----------
    clip
        A `CLIP`, `CustomTextCLIP` or `CoCa` of open_clip in evaluation mode.
    tokenizer
        What goes with it, as `open_clip.get_tokenizer` gives it.
    name
        What to call it; by default, its class.

    Attributes
    ----------
    name
        As given.
    context_length
        Tokens of a prompt, its start and its end among them.

    Raises
    ------
    UnsupportedModelError
        If the model is none of these, or its text side is one of the package
        transformers.
    ModelStateError
        If it is in training mode.

    Examples
    --------
    >>> text = vitwidgets.load_model("emoji-clip").text
    >>> text.encode(["a red car", "two cats"]).shape
    torch.Size([2, 128])
    """

    def __init__(
        self, clip: nn.Module, tokenizer: Tokenizer, *, name: str | None = None
    ) -> None:
        tower = text_tower(clip)
        embedding = getattr(tower, "token_embedding", None)
        if embedding is None:
            raise UnsupportedModelError(
                f"the text side of this {class_path(clip)} is a {class_path(tower)}, "
                f"which is not supported: take a model whose text side is open_clip's "
                f"own TextTransformer"
            )
        self._clip: Any = clip
        self._tokenizer = tokenizer
        self._embedding: Any = embedding
        untyped = cast("Any", clip if hasattr(clip, "token_embedding") else tower)
        self.context_length = int(untyped.context_length)
        self.name = name or type(clip).__name__
        self._require_eval()

    @property
    def logit_scale(self) -> float:
        """What similarities are multiplied with: the learned factor, exponentiated."""
        return float(self._clip.logit_scale.detach().exp())

    @property
    def logit_bias(self) -> float:
        """What is added to them then (SigLIP); 0 where nothing is."""
        bias = getattr(self._clip, "logit_bias", None)
        return 0.0 if bias is None else float(bias.detach())

    def encode(self, prompts: Sequence[str]) -> Tensor:
        """Embed prompts.

        Parameters
        ----------
        prompts
            Texts, as they are.

        Returns
        -------
        Tensor
            ``(prompt, d_embed)``, each of length 1.

        Raises
        ------
        TypeError, ValueError
            If there is none, one is blank, longer than `context_length` allows or no
            text, or the tokenizer is another model's.
        ModelStateError
            If the model is in training mode.
        """
        self._require_eval()
        tokens = self._tokens(checked_texts("prompts", prompts))
        # Embeddings outlive the caller's mode, and weights must be counted by torch.
        with torch.inference_mode(mode=False), torch.no_grad():
            tokens = tokens.to(self._embedding.weight.device)
            starts = range(0, len(tokens), _AT_ONCE)
            parts = [tokens[start : start + _AT_ONCE] for start in starts]
            each = [self._clip.encode_text(part, normalize=True) for part in parts]
            return torch.cat(each)

    def word_embeddings(
        self, words: Sequence[str], templates: Sequence[str] = (PLACE,)
    ) -> Tensor:
        """Embed words, each as the mean over templates.

        Radford et al., "Learning Transferable Visual Models From Natural Language
        Supervision" (2021): the embedding of each prompt is brought to length 1, and
        their mean again, as `open_clip.build_zero_shot_classifier` does.

        Parameters
        ----------
        words
            Distinct words, or prompts of their own.
        templates
            Texts with one ``{}`` each, such as ``"a photo of a {}"``.

        Returns
        -------
        Tensor
            ``(word, d_embed)``, each of length 1.

        Raises
        ------
        TypeError, ValueError
            As `encode`; and if words or templates are there twice, two words have the
            same tokens, or a template has not exactly one ``{}``.
        ModelStateError
            If the model is in training mode.
        """
        words = self.distinct_words(words)
        templates = checked_templates(templates)
        prompts = [
            template.replace(PLACE, word) for word in words for template in templates
        ]
        each = self.encode(prompts)
        if len(templates) == 1:
            return each
        means = each.view(len(words), len(templates), -1).mean(1)
        return functional.normalize(means, dim=-1)

    def distinct_words(self, words: Sequence[str]) -> tuple[str, ...]:
        """Give words without blanks at their ends and double ones.

        Raises
        ------
        TypeError, ValueError
            As `encode`; and if a word is there twice, or two have the same tokens, as
            "cat" and "CAT" have in most models: they would be one word to the model,
            and share its probability.
        """
        found = distinct_texts("words", words)
        first: dict[tuple[int, ...], str] = {}
        rows: list[list[int]] = cast("Any", self._tokens(found)).tolist()
        for word, tokens in zip(found, rows, strict=True):
            other = first.setdefault(tuple(tokens), word)
            if other is not word:
                raise ValueError(
                    f"{other!r:.100} and {word!r:.100} are the same to {self.name}, "
                    f"which reads the same tokens in both: keep one of them"
                )
        return found

    def knows(self, prompt: str) -> bool:
        """Whether the model has seen all of a prompt's tokens.

        The embedding of a token that it never saw is all zero in emoji-clip, so that
        the token says nothing; those that it saw count all the same: of "cat-violin" it
        reads the cat. Large models have seen them all.

        Raises
        ------
        TypeError, ValueError
            As `encode`.
        """
        tokens = self._tokens(checked_texts("prompts", [prompt]))[0]
        padding = self._padding()
        used = (tokens != padding).nonzero().flatten()
        tokens = tokens[: int(used[-1]) + 1] if len(used) else tokens
        rows: Tensor = self._embedding.weight.detach()
        return bool(rows[tokens.to(rows.device)].any(dim=1).all())

    def __repr__(self) -> str:
        return (
            f"TextEncoder {self.name!r}: prompts of {self.context_length} tokens, "
            f"logits {self.logit_scale:.4g} times the similarity"
            + (f" plus {self.logit_bias:.4g}" if self.logit_bias else "")
        )

    def _require_eval(self) -> None:
        if self._clip.training:
            raise ModelStateError(
                f"the text side of {self.name} is in training mode: call .eval() on "
                f"the model first"
            )

    def _tokens(self, prompts: Sequence[str]) -> Tensor:
        """Give token ids, or raise; open_clip would cut long prompts unasked."""
        tokens = self._raw(prompts, self.context_length)
        n_words = int(self._embedding.num_embeddings)
        if int(tokens.max()) >= n_words or int(tokens.min()) < 0:
            raise ValueError(
                f"the tokenizer gives token {int(tokens.max())}, and {self.name} knows "
                f"those below {n_words}: these are words of another tokenizer; take "
                f"the one that open_clip.get_tokenizer gives for this model"
            )
        # With one place more, a prompt that fits has one token of padding more.
        longer = self._raw(prompts, self.context_length + 1)
        fits = longer.sum(1) - tokens.sum(1) == self._padding()
        if not bool(fits.all()):
            prompt = prompts[int((~fits).nonzero()[0])]
            raise ValueError(
                f"{prompt!r:.100} is too long: {self.name} reads prompts of at most "
                f"{self.context_length - 2} tokens (about as many words); shorten it"
            )
        return tokens

    def _padding(self) -> int:
        lengths = (self.context_length, self.context_length + 1)
        shorter, longer = (int(self._raw(["a"], n).sum()) for n in lengths)
        return longer - shorter

    def _raw(self, prompts: Sequence[str], length: int) -> Tensor:
        return self._tokenizer(list(prompts), context_length=length)
