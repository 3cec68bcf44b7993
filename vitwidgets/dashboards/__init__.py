"""Charts that one selects in, linked to the views; for Jupyter only."""

from vitwidgets.dashboards.agreement import agreement as agreement
from vitwidgets.dashboards.concepts import concept_board as concept_board
from vitwidgets.dashboards.head_scatter import head_statistics as head_statistics
from vitwidgets.dashboards.heads_by_text import heads_by_text as heads_by_text
from vitwidgets.dashboards.lens_curves import lens_dashboard as lens_dashboard
