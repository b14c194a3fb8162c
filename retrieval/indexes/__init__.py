"""Indexes: words on disk (tantivy) and vectors on a Chroma server. Both are derived and can be made again."""
