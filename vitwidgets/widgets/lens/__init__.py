"""The parts of the emoji logit lens."""
