"""The database: everything Rollcall keeps, through SQLAlchemy, behind the Store port."""
