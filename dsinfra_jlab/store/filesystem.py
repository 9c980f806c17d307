"""What kind of file system a path lies on.

SQLite's write-ahead log needs memory shared between processes, which file systems of a
network do not give: a database in WAL mode on NFS can be damaged without any error.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["MOUNTINFO", "network_file_system"]

MOUNTINFO = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted; other systems have no such file."""

_NETWORK_TYPES = re.compile(
    r"nfs\d*|cifs|smb\w*|lustre|ceph|gluster\w*|beegfs\w*|afs|gpfs|panfs|orangefs|pvfs2|9p|"
    r"ncpfs|coda|fuse\.(sshfs|glusterfs|ceph\w*|s3fs|rclone|gcsfuse|goofys|davfs\w*|curlftpfs|"
    r"beegfs|lustre|juicefs|blobfuse\w*)|davfs"
)


def network_file_system(path: Path, mountinfo: Path = MOUNTINFO) -> str | None:
    """Return the type of the network file system ``path`` lies on, ``None`` if it is local.

    Where the system does not say, the answer is ``None``: a local disk is the rule.
    """
    try:
        lines = mountinfo.read_text(errors="replace").splitlines()
    except OSError:
        return None
    kind = _type_at(os.path.realpath(path), lines)
    return kind if kind is not None and _NETWORK_TYPES.fullmatch(kind) else None


def _type_at(path: str, mountinfo: list[str]) -> str | None:
    """Return the type of the mount that covers ``path``: the deepest, of equals the last."""
    best, kind = -1, None
    for line in mountinfo:
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = _unescape(fields[4]).rstrip("/")
        is_above = path == point or path.startswith(point + "/")
        if is_above and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind


def _unescape(point: str) -> str:
    """Undo the octal escapes by which the kernel writes spaces."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
