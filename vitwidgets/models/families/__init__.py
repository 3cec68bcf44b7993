"""How each family of models is taken apart into pieces."""
