"""Say and draw what a Dataset, a result or an evaluation holds.

Pictures are drawn by :mod:`tropdsx.workflows.report.figures` and
:mod:`tropdsx.workflows.report.sheet`, which load matplotlib and are not loaded here.
"""

from tropdsx.workflows.report.cards import card_rows
from tropdsx.workflows.report.summary import describe_html, describe_input, describe_line
from tropdsx.workflows.report.words import rows_of

__all__ = ["card_rows", "describe_html", "describe_input", "describe_line", "rows_of"]
