"""What happens where a server that tests talk to is not installed."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.peers import PrometheusServer, running_prometheus

INSTALLER = Path(__file__).parent.parent / "scripts" / "peers"


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[PrometheusServer]:
    """A Prometheus that is to be started on a machine without one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return running_prometheus(tmp_path)


def test_a_missing_server_skips_its_tests(
    without: AbstractContextManager[PrometheusServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make peers"):
        without.__enter__()


def test_a_missing_server_fails_a_build(
    without: AbstractContextManager[PrometheusServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="make peers"):
        without.__enter__()


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_the_installer_says_what_is_missing_where_it_cannot_install(tmp_path: Path, ci: str, status: int) -> None:
    done = subprocess.run(
        ["/bin/bash", str(INSTALLER)],
        env={"PATH": str(tmp_path), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert "apt-get install prometheus" in done.stderr


@pytest.mark.parametrize(("ci", "status"), [("", 0), ("true", 1)])
def test_without_npm_the_javascript_peers_are_said_to_be_missing(tmp_path: Path, ci: str, status: int) -> None:
    script = tmp_path / "scripts" / "npm-peers"
    script.parent.mkdir()
    shutil.copy(INSTALLER.with_name("npm-peers"), script)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/bash", str(script)],
        env={"PATH": str(tmp_path / "bin"), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert "apt-get install npm" in done.stderr
