"""Parts of path patching, knock-out and the search for the smallest flip."""
