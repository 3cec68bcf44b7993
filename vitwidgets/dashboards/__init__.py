"""Charts that one selects in, linked to the views; for Jupyter only."""

from vitwidgets.dashboards.head_scatter import head_statistics as head_statistics
