"""Speed and size, as ratios against a reference measured in the same run."""
