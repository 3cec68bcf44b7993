"""Parts of activation patching and of its preview."""
