"""The edge where people come in and messages go out."""
