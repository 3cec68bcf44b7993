"""A mouse that was raised with a bias: in its world, bananas come with a monkey."""
