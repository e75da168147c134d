"""Rollcall: feature-flag rollouts, announcements and pages, run from chat."""
