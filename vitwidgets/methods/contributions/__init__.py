"""What each part of a model writes towards a logit."""
