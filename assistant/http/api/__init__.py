"""JSON endpoints; errors are RFC 9457 problems with a stable ``code``."""
