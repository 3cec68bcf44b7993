"""The parts of the logit attribution."""
