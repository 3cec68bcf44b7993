"""How a tuned lens is fitted, kept and measured."""
