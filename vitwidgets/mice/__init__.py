"""Tiny vision transformers for teaching ("ViT mice"): scenes, training, evaluation.

Run ``python -m vitwidgets.mice --help``.
"""
