"""The parts of the click-to-patch view on the Python side."""
