"""The parts of the word lens."""
