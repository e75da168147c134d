"""Where figures come from: one module per kind of system that can be asked for a number."""
