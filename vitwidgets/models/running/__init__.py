"""Running a hooked model: whole, resumed, with hooks, with gradients."""
