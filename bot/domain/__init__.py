"""The rules of rollouts, flags and pages as frozen values and pure functions."""
