"""What the code of cells says of classes of errors."""

from __future__ import annotations

from dsinfra_jlab.domain.errors.own_classes import with_bases
from dsinfra_jlab.domain.errors.sightings import SeenException


def seen(ename: str) -> SeenException:
    return SeenException(ename, "", (), "message", 7)


def test_a_class_of_a_cell_gets_its_bases() -> None:
    code = "class Odd(Base):\n    pass"
    (found,) = with_bases([seen("Odd")], [code, "x = 1\nclass Base(KeyError): ..."])
    assert found.module == "__main__"
    assert found.bases[:3] == ("Base", "builtins.KeyError", "builtins.LookupError")
    assert "builtins.object" not in found.bases


def test_a_class_upon_one_of_a_library_ends_there() -> None:
    (found,) = with_bases([seen("Odd")], ["class Odd(requests.ConnectionError): ..."])
    assert found.bases == ("requests.ConnectionError",)


def test_classes_that_no_cell_defines_are_left_as_they_are() -> None:
    exceptions = (seen("ValueError"), seen("OperationalError"), seen("Other"))
    assert with_bases(exceptions, ["class Another(ValueError): ..."]) == exceptions


def test_a_class_made_from_itself_ends() -> None:
    (found,) = with_bases([seen("Odd")], ["class Odd(Odd): ..."])
    assert found.module == "__main__"
