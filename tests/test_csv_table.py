"""The reader of CSV files: what is harmless is read, the rest is refused with its line and never with its content."""

import numpy as np
import pytest

from hetkeras.csv_table import CsvTable
from hetkeras.errors import CalibrationError

SECRET = "hunter2"  # stands for what a file holds, which no message may tell
GOOD = "name,size\nNorth,1.5\nSouth,-2e3\n"


def read(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CsvTable.read(path, ("name", "size"), "names with sizes")


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.removesuffix("\n"),
        "\n,\n" + GOOD + "\n , \n,\n",
        " name , size \n North, 1.5 \n\u00a0South ,-2e3\t\n",
        '"name","size"\n"North","1.5"\n"South","-2e3"\n',
        "name,,size,\nNorth,,1.5,\nSouth,,-2e3,\n",
        "size,other,name\n1.5,x,North\n-2000,,South\n",
    ],
)
def test_what_is_harmless_is_read(tmp_path, content):
    table = read(tmp_path / "file.csv", content)
    assert table.words("name") == ("North", "South")
    np.testing.assert_array_equal(table.numbers("size"), [1.5, -2000])


def test_rows_have_the_lines_that_they_begin_in(tmp_path):
    table = read(tmp_path / "file.csv", 'name,size\n\n"North\nand beyond",1\n,\nSouth,2\n')
    assert table.lines == (3, 6)


def test_letters_with_accents_are_the_same_however_they_are_composed(tmp_path):
    table = read(tmp_path / "file.csv", "name,size\nCo\u0302te,1\nC\u00f4te,2\n")
    assert len({*table.words("name")}) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace(",", ";"), "cells are separated by semicolons; write it with commas"),
        (GOOD.replace(",", "\t"), "cells are separated by tabs"),
        ("name;size;a,b\nNorth;1;2\n", "cells are separated by semicolons"),
        (GOOD.replace("North", "C\u00f4te").encode("latin-1"), "line 2 is not UTF-8; .* Latin-1 .*iconv -f LATIN1"),
        ("name,size\n\u20ac,1\n".encode("cp1252"), "line 2 is not UTF-8; .* Windows-1252"),
        (GOOD.encode("utf-16"), "its encoding is UTF-16; save it as UTF-8"),
        (GOOD.encode("utf-16-le"), "it has zero bytes"),
        (f"name,size\n{SECRET},1,2\n", "line 2 has 3 cells under 2 columns; quote cells that have commas"),
        (f"name,size\n\n{SECRET}\n", "line 3 has 1 cells under 2 columns; is it cut short"),
        (f"name,size,{SECRET},{SECRET}\nNorth,1,2,3\n", "columns 3 and 4 have the same name"),
        (f",name,size\n{SECRET},North,1\n", "column 1 has no name; name it or take it out"),
        (f'name,size\n"{SECRET},1\nSouth,2\n', "line 2: unexpected end of data; is there a quote that is not closed"),
        (f"name,size\n{SECRET * 20_000},1\n", "line 2: field larger than field limit"),
        (f"name,{SECRET}\nNorth,1\n", "lacks the columns size; expected names with sizes"),
        ("", "lacks the columns name, size"),
        ("name,size\n", "has no rows"),
    ],
)
def test_what_could_be_misread_is_refused(tmp_path, content, says):
    with pytest.raises(CalibrationError, match=rf"file\.csv[, ].*{says}.*") as caught:
        read(tmp_path / "file.csv", content)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("1_000", "size is no plain number; expected one such as 0.25 or 1e-3$"),
        (SECRET, "size is no plain number"),
        ("inf", "size is no plain number"),
        ("1e999", "size is no plain number"),
        ("0x10", "size is no plain number"),
        ("\u0661", "size is no plain number"),
        ('"0,5"', "no plain number; .* with a point for the decimal comma$"),
        ("20%", "no plain number; .* without the percent sign$"),
        ('"1,234.5"', "size is no plain number"),
        ("", "the cell of size is missing; fill it in"),
        ("NaN", "the cell of size is missing"),
        ("n/a", "the cell of size is missing"),
    ],
)
def test_what_is_no_number_is_refused_with_its_line(tmp_path, cell, says):
    table = read(tmp_path / "file.csv", f"name,size\nNorth,1\nSouth,{cell}\n")
    with pytest.raises(CalibrationError, match=rf"file\.csv, line 3: .*{says}") as caught:
        table.numbers("size")
    assert SECRET not in str(caught.value)


def test_ranges_and_missing_words_are_told_with_their_line(tmp_path):
    table = read(tmp_path / "file.csv", "name,size\nNorth,1\n,2\n")
    assert table.numbers("size", 1, 2).tolist() == [1, 2]
    with pytest.raises(CalibrationError, match=r"line 3: size is out of range; expected from 0 to 1\.5"):
        table.numbers("size", 0, 1.5)
    with pytest.raises(CalibrationError, match="line 3: the cell of name is missing"):
        table.words("name")


def test_names_are_there_once(tmp_path):
    table = read(tmp_path / "file.csv", f"name,size\nNorth,1\n{SECRET},2\n\n{SECRET} ,3\n")
    with pytest.raises(CalibrationError, match="line 5: the place of line 3 is there again; once") as caught:
        table.names("name", "place")
    assert SECRET not in str(caught.value)


def test_columns_that_nobody_asked_for_have_numbers_in_errors(tmp_path):
    table = read(tmp_path / "file.csv", f"name,size,{SECRET}\nNorth,1,x\n")
    with pytest.raises(CalibrationError, match="line 2: column 3 is no plain number"):
        table.numbers(SECRET)


def test_only_files_are_read_and_none_without_end(tmp_path, monkeypatch):
    for path, says in ((tmp_path, "it is no file"), (tmp_path / "absent", "No such file")):
        with pytest.raises(CalibrationError, match=f"cannot be read: {says}"):
            CsvTable.read(path, (), "a table")
    monkeypatch.setattr("hetkeras.csv_table.MOST_BYTES", 10)
    with pytest.raises(CalibrationError, match="it has more than"):
        read(tmp_path / "file.csv", GOOD)
