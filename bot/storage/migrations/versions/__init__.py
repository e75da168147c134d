"""The revisions; each is frozen once it has been released."""
