"""What is said of a component's two numbers, and the colours of layers."""

from __future__ import annotations

import pytest

from tests.unit.dashboards.test_type_markers import luminance
from vitwidgets.dashboards.component_dots import layer_colour, reading
from vitwidgets.methods.component_agreement import AgreementRow

N_LAYERS = 4


@pytest.mark.parametrize(
    ("direct", "total", "words"),
    [
        (0.5, 0.52, "both agree"),
        (-0.5, -0.48, "both agree"),
        (0.0, 0.0, "both agree"),
        (0.01, 0.6, "works through later parts"),
        (-0.01, 0.6, "works through later parts"),
        (0.5, 0.01, "later parts make up for it"),
        (0.5, -0.2, "later parts turn it round"),
        (-0.2, 0.5, "later parts turn it round"),
        (0.2, 0.5, "later parts add to it"),
        (-0.2, -0.5, "later parts add to it"),
        (0.5, 0.2, "later parts take some of it back"),
    ],
)
@pytest.mark.parametrize("kind", ["head", "MLP"])
def test_how_two_numbers_differ(kind, direct, total, words):
    row = AgreementRow("", 1, kind, direct, total, total - direct)
    assert reading(row, N_LAYERS) == words


def test_nothing_comes_after_the_last_mlp_but_the_norm():
    last = AgreementRow("", N_LAYERS - 1, "MLP", 0.5, 0.2, -0.3)
    assert reading(last, N_LAYERS) == "the final norm weighs it otherwise"
    assert "later parts" in reading(last._replace(kind="head"), N_LAYERS)
    agreeing = last._replace(total=0.5, indirect=0.0)
    assert reading(agreeing, N_LAYERS) == "both agree"


@pytest.mark.parametrize("n_layers", [1, 2, 6, 12, 48])
def test_layers_stand_out_from_white_and_from_black_and_from_each_other(n_layers):
    colours = [layer_colour(layer, n_layers) for layer in range(n_layers)]
    assert len(set(colours)) == n_layers
    for colour in colours:
        seen = luminance(colour)
        assert 1.05 / (seen + 0.05) >= 3
        assert (seen + 0.05) / (luminance("#111111") + 0.05) >= 3
