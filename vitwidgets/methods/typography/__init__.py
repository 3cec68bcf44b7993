"""The parts of the typographic attack."""
