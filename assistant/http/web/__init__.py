"""Pages that people read, their templates and their assets. Everything is served from here, nothing from outside."""
