"""Edits of a model's activations that are data."""
