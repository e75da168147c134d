"""Discord as a place to talk to the bot: what people type, press and fill in, and what they are shown."""
