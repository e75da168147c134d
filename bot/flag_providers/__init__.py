"""The edge to the systems that hold flags."""
