"""What the bot says: facts in, `Message` out, one file per kind."""
