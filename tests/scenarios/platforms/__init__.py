"""Scenarios that enter where the platforms enter, and look at what people there would see."""
