"""emoji-clip, the bundled CLIP: captioned scenes, training, evaluation."""
