from hetkeras.numerics.paired_paths import with_and_without


def test_both_runs_start_alike_and_are_told_apart_by_name():
    asked = []

    def run(shocks):
        asked.append(shocks)
        return {"output": 10 - shocks, "entries": 2 * shocks}

    found = with_and_without(run)
    assert found == {"output_usual": 10, "output_shocked": 9, "entries_usual": 0, "entries_shocked": 2}
    assert asked == [0, 1]
