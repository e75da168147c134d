"""Ways out to people who are not in the chat: e-mail, PagerDuty, signed webhooks, and the heartbeat."""
