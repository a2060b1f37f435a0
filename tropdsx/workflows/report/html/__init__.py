"""Results as one HTML page: map, scores, provenance; it needs nothing from outside.

Python packs the fields and writes the tables; the scripts beside it draw.
"""

from tropdsx.workflows.report.html.writing import report, report_file

__all__ = ["report", "report_file"]
