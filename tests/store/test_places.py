"""Where the files of a store are."""

from __future__ import annotations

from pathlib import Path

from dsinfra_jlab.store import artifacts_folder, default_url

OWN = Path("/data/dsinfra")


def test_the_artifacts_of_an_embedded_store_lie_beside_it() -> None:
    assert artifacts_folder(OWN, default_url(OWN)) == OWN / "store.artifacts"
    assert artifacts_folder(OWN, "sqlite:////mnt/team.db?x=1") == Path("/mnt/team.artifacts")


def test_stores_elsewhere_have_a_folder_each_whatever_the_password() -> None:
    one = artifacts_folder(OWN, "postgresql://ana:secret@db/one")
    same = artifacts_folder(OWN, "postgresql://ana:changed@db/one")
    two = artifacts_folder(OWN, "postgresql://ana:secret@db/two")
    assert one == same != two
    assert one.parent == OWN
