"""Running an installation: set-up, supervisor, the entries of worker and web process, the doctor."""
