"""What each head writes over many images, and the words that span it."""
