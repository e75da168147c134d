"""The chat platforms that the contract is proved over, each in a world in which a test can make it fail."""
