"""A census of all models of timm and open_clip that should be hooked exactly."""
