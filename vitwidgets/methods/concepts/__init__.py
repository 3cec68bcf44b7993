"""Concepts: directions of a model's stream, and what is left when one is erased."""
