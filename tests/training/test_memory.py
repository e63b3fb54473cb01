"""The memory of a solve is told before it starts, for every method, and sizes that do not fit are refused."""

import pytest

import hetkeras as hk
from hetkeras.errors import CalibrationError
from hetkeras.method import method_of
from hetkeras.training import memory

MODELS = {
    "investment": hk.models.Investment(),
    "khan_thomas": hk.models.KhanThomas(),
    "bloom": hk.models.Bloom(),
    "export_entry": hk.models.ExportEntry(),
    "production_network": hk.models.ProductionNetwork(),
}
LARGER = [  # model, options, options that take more
    ("investment", {}, {"width": 1024}),
    ("investment", {}, {"batch_size": 320}),
    ("investment", {}, {"precision": "float64"}),
    ("khan_thomas", {}, {"pairs": 20_000}),
    ("khan_thomas", {}, {"histogram_nodes": 5000}),
    ("khan_thomas", {"method": "grid"}, {"method": "grid", "solver": ("num_capital=500",)}),
    ("khan_thomas", {"pairs": 0}, {"pairs": 0, "solver": ("capital_batch=3200",)}),
    ("bloom", {}, {"width": 4096}),
    ("bloom", {"economies": 10}, {"economies": 10, "at_once": 400}),
    ("bloom", {"method": "grid"}, {"method": "grid", "solver": ("finer_capital=10",)}),
    ("export_entry", {}, {"width": 400}),
    ("export_entry", {}, {"groups": 20_000}),
    ("export_entry", {"mode": "paper"}, {"mode": "paper", "solver": ("batch_size=1280",)}),
    ("production_network", {}, {"solver": ("batch_size=1280",)}),
]


def need(name, options):
    method = method_of(MODELS[name])
    return method.need(MODELS[name], method.options(**options))


@pytest.mark.parametrize(("name", "options", "larger"), LARGER)
def test_larger_sizes_need_more_memory(name, options, larger):
    small, large = need(name, options), need(name, larger)
    assert 2**10 < small.size < 4 * 2**30
    assert large.size > 1.9 * small.size


def test_what_does_not_fit_is_refused_with_what_is_free_and_a_remedy(monkeypatch):
    wanted = memory.Need(3 * 2**30, "a batch of 9 states", "choose a smaller batch")
    monkeypatch.setattr(memory, "free_memory", lambda: 4.0 * 2**30)
    wanted.refuse_beyond_free()
    monkeypatch.setattr(memory, "free_memory", lambda: 2.0 * 2**30)
    with pytest.raises(CalibrationError) as caught:
        wanted.refuse_beyond_free()
    assert str(caught.value) == "a batch of 9 states takes about 3.0 GiB and 2.0 are free; choose a smaller batch"


def test_free_memory_is_there_with_and_without_the_table_of_the_system(monkeypatch):
    assert memory.free_memory() > 2**20
    monkeypatch.setattr(memory.Path, "read_text", lambda *_, **__: "MemTotal: 1 kB")
    assert memory.free_memory() > 2**20
