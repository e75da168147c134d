"""Making wishes true: one loop, and one file for each kind of thing it keeps true."""
