"""The web part: HTTP in."""
