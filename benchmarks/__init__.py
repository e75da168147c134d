"""Measurements of the bot against doing the same by hand, side by side in one run."""
