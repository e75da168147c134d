"""Measurements of speed and size, each beside something it is compared with; README.md says what and how."""
