"""From files to searchable versions."""
