"""A census that can find nothing wrong would be worth nothing."""

from __future__ import annotations

import pytest
import torch

from vitwidgets.models.census.building import Cut
from vitwidgets.models.census.entries import Entry, committed
from vitwidgets.models.census.verdicts import (
    EXACT,
    UNSUPPORTED,
    Verdict,
    numeric_faults,
    structural_verdict,
)
from vitwidgets.models.census.walk import complaints, random_tenth
from vitwidgets.models.pieces import derivation, heads

VIT = Entry("timm", "vision_transformer", "test_vit")
EVA = Entry("timm", "eva", "eva02_tiny_patch14_224")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Small matrices: more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("entry", [VIT, EVA])
def test_an_honest_model_is_exact(entry):
    verdict = structural_verdict(entry)
    assert (verdict.kind, verdict.note) == (EXACT, "")
    assert len(verdict.pairs) == 1
    assert numeric_faults(entry, Cut.BOTH) == ()


@pytest.mark.parametrize("name", ["ViT-L-14-worldwide", "ViT-B-16", "ViT-B-16-SigLIP"])
def test_texts_are_tried_where_a_tower_reads_them(name):
    # At an end mark (of its own), at the greatest word, and at the last word.
    entry = Entry("open_clip", "TextTransformer", name, "text")
    assert numeric_faults(entry, Cut.BOTH) == ()


def test_a_model_of_another_build_is_unsupported_and_says_why():
    verdict = structural_verdict(Entry("timm", "xcit", "xcit_nano_12_p16_224"))
    assert verdict.kind == UNSUPPORTED
    assert verdict.note == (
        "its attention is over channels and each block adds to the stream thrice"
    )


def test_a_wrong_pattern_is_found(monkeypatch):
    true = derivation.attention_scores

    def without_scale(q, k, scale, bias=None):
        return true(q, k, 1.0, bias)

    monkeypatch.setattr(derivation, "attention_scores", without_scale)
    faults = " ".join(numeric_faults(VIT, Cut.BOTH))
    assert "blocks.0.attn.hook_attn_mix is not pattern . v" in faults


def test_a_head_that_is_named_wrongly_is_found(monkeypatch):
    true = heads.split_heads

    def shifted(shape, value):
        return true(shape, value).roll(1, dims=-2)

    monkeypatch.setattr(heads, "split_heads", shifted)
    with pytest.raises(Exception, match=r"changes their output|code is not as"):
        numeric_faults(VIT, Cut.BOTH)


def test_a_pair_of_classes_that_nobody_has_looked_at_is_a_complaint():
    pair = ("timm.models.new.Block", "timm.models.new.Attention")
    verdict = Verdict(VIT, "NewVit", EXACT, "", frozenset({pair}))
    (complaint,) = complaints([verdict])
    assert complaint == (
        "test_vit pairs timm.models.new.Block with timm.models.new.Attention, which "
        "nobody has looked at"
    )


def test_the_tenth_is_the_same_every_time_and_small_enough():
    some = [e for e in committed() if e.group == "vision_transformer"][:40]
    tenth = random_tenth(some)
    assert len(tenth) == 4
    assert tenth == random_tenth(some)


GROUPS = sorted({e.group for e in committed() if e.library == "timm"})


@pytest.mark.parametrize("group", GROUPS)
def test_every_listed_model_of_timm_still_has_the_structure_it_was_read_with(group):
    listed = [e for e in committed() if e.group == group and e.library == "timm"]
    verdicts = [structural_verdict(entry, Cut.BLOCKS) for entry in listed]
    assert complaints(verdicts) == []
    not_exact = {v.entry.name for v in verdicts if v.kind != EXACT}
    # Their output projection can clamp, so that it does not split into heads.
    assert not_exact <= {"gemma4_vit_167m", "gemma4_vit_167m_enc"}
