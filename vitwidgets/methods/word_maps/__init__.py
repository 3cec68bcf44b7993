"""The parts of word maps."""
