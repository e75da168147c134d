"""The chat that needs no account: in the terminal, from a pipe, and kept in the bot's own database."""
