"""The pieces of which models are put together, and the sites of each."""
