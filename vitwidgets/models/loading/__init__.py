"""From names and files to hooked models."""
