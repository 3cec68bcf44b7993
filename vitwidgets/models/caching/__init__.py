"""What a run leaves behind: activations held, derived, saved."""
