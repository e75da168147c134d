"""The edge where files that people write come in: plans and the team file, as plain domain values."""
