"""Whether an input is what a model takes."""
