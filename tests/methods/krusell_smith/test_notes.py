"""What is said of a model before it is solved: chains that miss the moments asked for come with a remedy."""

import pytest

from hetkeras.methods.krusell_smith.lumpy.options import LumpyOptions
from hetkeras.methods.krusell_smith.lumpy.verbs import LumpyMethod
from hetkeras.models.khan_thomas import KhanThomas

REMEDY = "--set=discretization=rouwenhorst has the moments asked for"


@pytest.mark.parametrize(
    ("fields", "rough"),
    [
        ({}, True),
        ({"discretization": "rouwenhorst"}, False),
        ({"num_idiosyncratic": 15, "num_aggregate": 15, "chain_width": 3.0}, False),
    ],
)
def test_rough_chains_come_with_a_remedy(fields, rough):
    told = list(LumpyMethod().notes(KhanThomas(**fields), LumpyOptions()))
    assert any("off by more than 5 %" in note for note in told) == rough
    assert told[-1].endswith(REMEDY) == rough
