"""Small networks of lumpy firms, of each parametrisation or of tables."""

import pytest

from tests.methods.krusell_smith.lumpy.stirred_networks import CLASSES, build


@pytest.fixture(params=CLASSES)
def firms(request):
    return build(request.param)


@pytest.fixture
def tables():
    return build("tables")
