"""The key of an installation: made once, private, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

from dsinfra_jlab.domain.redaction.redactor import Redactor
from dsinfra_jlab.store.install_key import KEY_BYTES, install_key

SECRET = "token = 'ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'"


def test_equal_secrets_get_equal_marks_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "dsinfra" / "redaction.key"
    first, second = Redactor(install_key(path)), Redactor(install_key(path))
    assert first.redact(SECRET) == second.redact(SECRET) != SECRET
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == KEY_BYTES


def test_a_key_that_cannot_be_kept_holds_for_the_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file" / "redaction.key", tmp_path):
        one, other = install_key(path), install_key(path)
        assert len(one) == len(other) == KEY_BYTES
        assert one != other


def test_a_key_cut_short_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "redaction.key"
    path.write_bytes(b"short")
    assert len(install_key(path)) == KEY_BYTES
