"""The committed list of models, and how it notices what is new."""

from __future__ import annotations

import timm

from vitwidgets.models.census.entries import committed, committed_pairs, drift


def test_the_denominator_is_what_was_counted():
    listed = committed()
    timm_names = [e.name for e in listed if e.library == "timm"]
    assert len(timm_names) == len(set(timm_names)) == 336
    for tower, expected in (("image", 116), ("text", 134)):
        towers = [e for e in listed if e.library == "open_clip" and e.tower == tower]
        assert len(towers) == 144
        assert sum(e.expected for e in towers) == expected


def test_what_is_installed_is_what_is_listed():
    assert drift() == ()


def test_a_model_that_a_new_timm_brings_is_noticed(monkeypatch):
    usual = timm.list_models

    def with_news(*args, **kwargs):
        names = usual(*args, **kwargs)
        if kwargs.get("module") != "eva":
            return names
        return [*(name for name in names if "enormous" not in name), "eva99_new"]

    monkeypatch.setattr(timm, "list_models", with_news)
    new, gone = drift()
    assert "'eva99_new'" in new
    assert "look at its code" in new
    assert "eva02_enormous" in gone


def test_pairs_are_of_whole_class_names():
    for pair in committed_pairs():
        assert all(name.count(".") >= 2 for name in pair)
