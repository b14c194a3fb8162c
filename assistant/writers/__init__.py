"""Writes documents: one description of a paper, as Markdown, DOCX or HWPX; tables as CSV or XLSX."""
