"""Charts that one selects in, linked to the views; for Jupyter only."""

from vitwidgets.dashboards.agreement import agreement as agreement
from vitwidgets.dashboards.head_scatter import head_statistics as head_statistics
from vitwidgets.dashboards.lens_curves import lens_dashboard as lens_dashboard
