"""Names of the jobs that keep documents and indexes in step; rows already written carry them, never rename one."""

from typing import Final

JOB_INGEST: Final = "ingest.version"  # {"version_id"}: turn a submitted file into a searchable version
JOB_CLEANUP: Final = "index.cleanup"  # {"version_id"}: remove a version that is no longer live from the indexes
JOB_MOVE: Final = "index.move"  # {"collection_id", "old_scope"}: a collection's readers changed
JOB_REPAIR: Final = "index.repair"  # {}: compare the indexes with the database and mend what differs
JOB_TURNOVER: Final = "library.turnover"  # {}: texts of law that begin today take the place of those before them
JOB_PURGE: Final = "library.purge"  # {}: remove from storage what was deleted long enough ago
