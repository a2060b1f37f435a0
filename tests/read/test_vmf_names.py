"""Epochs of file names beside those of header lines."""

import numpy as np
import pytest

from tropdsx.errors import TropdsxWarning
from tropdsx.grid.standardise import standardise_grid
from tropdsx.read.delays import open_delays
from tropdsx.read.vmf import open_vmf_files
from tropdsx.read.vmf_names import FILE_NAME

from helpers.vmf import epochs, opened, text


@pytest.mark.parametrize("name", ["VMF3_20210305.H06", "VMFG_20210304.H12", "v3gr_20210399.h06"])
def test_the_header_counts_and_both_are_named(tmp_path, name):
    path = tmp_path / name
    path.write_text(text())  # of 2021-03-04 06
    assert FILE_NAME.match(name)
    day, hour = name[5:13], name[-2:]
    stated = f"{day[:4]}-{day[4:6]}-{day[6:]}T{hour}:00"
    said = f"{name}: the line '! Epoch:' says 2021-03-04T06:00, the file's name {stated}; that of"
    for read in (opened, lambda each: open_delays([each])):
        with pytest.warns(TropdsxWarning, match=said) as caught:
            ds = read(path)
        assert len(caught) == 1
        assert ds.time.values[0] == np.datetime64("2021-03-04T06")
    assert any(said in note for note in standardise_grid(ds)[1].notes)


def test_many_files_are_one_warning(tmp_path):
    paths = []
    for number, each in enumerate(epochs(3)):
        paths.append(tmp_path / f"VMF3_2020123{number}.H00")
        paths[-1].write_text(each)
    with pytest.warns(TropdsxWarning, match=r"header was taken \(and of 2 more files\)") as caught:
        open_vmf_files(paths)
    assert len(caught) == 1


@pytest.mark.parametrize("name", ["VMF3_20210304.H06", "VMF3_20210304.txt", "mine.H07"])
def test_a_name_that_agrees_or_says_nothing_is_no_matter(tmp_path, name):
    (tmp_path / name).write_text(text())
    assert opened(tmp_path / name).encoding["tropdsx_notes"] == []


def test_a_file_of_several_epochs_has_a_name_of_its_own(tmp_path):
    (tmp_path / "VMF3_20200101.H00").write_text("".join(epochs(2)))
    assert opened(tmp_path / "VMF3_20200101.H00").sizes["time"] == 2
