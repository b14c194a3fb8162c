"""Sample documents of an invented city, so that a fresh installation has something to be asked about."""
