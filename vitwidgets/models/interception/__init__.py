"""How values are read and replaced while a module runs."""
