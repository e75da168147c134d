"""Slack: how messages, forms and the home tab are drawn there, and how people come in and messages go out."""
