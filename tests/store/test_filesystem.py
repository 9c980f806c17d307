from __future__ import annotations

from pathlib import Path

import pytest

from dsinfra_jlab.store.filesystem import network_file_system
from tests.store.samples import opened, record, sqlite_url

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /home rw shared:2 - {home} server:/export rw,vers=4.2
31 30 254:1 / /home/local rw shared:3 - xfs /dev/vdb rw
32 22 0:41 / /with\\040space rw shared:4 - {home} //server/share rw
garbage
"""


def mounts(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS.format(home=kind))
    return path


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("/home/ana", "nfs4", "nfs4"),
        ("/home", "cifs", "cifs"),
        ("/home/local/x", "nfs4", None),
        ("/homeless", "nfs4", None),
        ("/with space/x", "smb3", "smb3"),
        ("/home/ana", "fuse.sshfs", "fuse.sshfs"),
        ("/home/ana", "lustre", "lustre"),
        ("/home/ana", "fuse.portal", None),
        ("/home/ana", "tmpfs", None),
        ("/home/ana", "overlay", None),
        ("/elsewhere", "nfs", None),
    ],
)
def test_which_paths_are_on_a_network(
    tmp_path: Path, path: str, kind: str, expected: str | None
) -> None:
    assert network_file_system(Path(path), mounts(tmp_path, kind)) == expected


def test_where_the_system_does_not_say(tmp_path: Path) -> None:
    assert network_file_system(tmp_path, tmp_path / "nothing") is None


async def test_on_a_network_no_write_ahead_log_is_used(tmp_path: Path) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(f"30 22 0:40 / {tmp_path / 'data'} rw shared:2 - nfs4 server:/x rw\n")
    from dsinfra_jlab.domain.changes import SaveRun

    with opened(sqlite_url(tmp_path / "data"), mountinfo=mountinfo) as store:
        store.record([SaveRun(record("a"))])
        await store.flush()
        (notice,) = store.health().notices
        assert "network file system (nfs4)" in notice
        engines = store._writer.usable(is_to_write=True).engines
        with engines.writer.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 3
        assert not (tmp_path / "data" / "store.sqlite-wal").exists()
