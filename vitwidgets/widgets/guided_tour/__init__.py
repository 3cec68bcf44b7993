"""Guided tours: stops built from what was measured, stops in files."""

from vitwidgets.widgets.guided_tour.building import build_stops as build_stops
from vitwidgets.widgets.guided_tour.file import ModelFacts as ModelFacts
from vitwidgets.widgets.guided_tour.file import read_tour as read_tour
from vitwidgets.widgets.guided_tour.file import write_tour as write_tour
from vitwidgets.widgets.guided_tour.stop import Stop as Stop
from vitwidgets.widgets.guided_tour.stop import stops_of as stops_of
