"""Words as classes: the text side of CLIP, and a classifier made of words."""
