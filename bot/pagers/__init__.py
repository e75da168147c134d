"""Ways out to people who are not in the chat: e-mail."""
