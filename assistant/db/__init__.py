"""The database: engine, typed models and migrations. SQL is the truth; every index is derived from it."""
