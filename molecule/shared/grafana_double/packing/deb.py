# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian package, laid out as Grafana's. Written without dpkg, so that any controller can make it."""

from __future__ import annotations

from pathlib import Path

from .archive import File, home, tar_gz

_CONTROL = """Package: grafana
Version: {version}
Architecture: {architecture}
Maintainer: aetherlink.monitoring tests <tests@aetherlink.example>
Depends: python3 (>= 3.11), passwd
Section: default
Priority: extra
Description: Test double of Grafana
 It answers Grafana's HTTP API for the tests of aetherlink.monitoring. It is not Grafana.
"""
_POSTINST = """#!/bin/sh
set -e
if [ "$1" = configure ]; then
    getent group grafana >/dev/null || groupadd --system grafana
    getent passwd grafana >/dev/null || useradd --system --gid grafana --home-dir /usr/share/grafana \\
        --no-create-home --shell /usr/sbin/nologin grafana
    mkdir -p /var/lib/grafana /var/log/grafana
    chown grafana:grafana /var/lib/grafana /var/log/grafana
    chown root:grafana /etc/grafana/grafana.ini
    chmod 640 /etc/grafana/grafana.ini
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
    echo "### NOT starting on installation: a test double of Grafana"
fi
"""
_PRERM = """#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl stop grafana-server.service || true; fi
"""
_WRAPPER = """#!/bin/sh
exec /usr/share/grafana/bin/grafana "$@"
"""
_DEFAULTS = """GRAFANA_USER=grafana
GRAFANA_GROUP=grafana
GRAFANA_HOME=/usr/share/grafana
LOG_DIR=/var/log/grafana
DATA_DIR=/var/lib/grafana
CONF_DIR=/etc/grafana
CONF_FILE=/etc/grafana/grafana.ini
PLUGINS_DIR=/var/lib/grafana/plugins
PROVISIONING_CFG_DIR=/etc/grafana/provisioning
"""
_UNIT = """[Unit]
Description=Grafana instance (test double)
After=network-online.target
Wants=network-online.target

[Service]
EnvironmentFile=/etc/default/grafana-server
User=grafana
Group=grafana
Type=simple
WorkingDirectory=/usr/share/grafana
ExecStart=/usr/share/grafana/bin/grafana server --config=${CONF_FILE} --homepath=/usr/share/grafana --packaging=deb \\
  cfg:default.paths.logs=${LOG_DIR} cfg:default.paths.data=${DATA_DIR} cfg:default.paths.plugins=${PLUGINS_DIR} \\
  cfg:default.paths.provisioning=${PROVISIONING_CFG_DIR}
Restart=on-failure
UMask=0027

[Install]
WantedBy=multi-user.target
"""
_CONFFILES = "etc/default/grafana-server", "etc/grafana/grafana.ini"


def write(directory: Path, version: str, build: str, architecture: str) -> Path:
    """The package's path."""
    files = {
        **{f"usr/share/grafana/{name}": file for name, file in home(version, build).items()},
        "usr/sbin/grafana": File(_WRAPPER.encode(), 0o755),
        "usr/lib/systemd/system/grafana-server.service": File(_UNIT.encode()),
        "etc/default/grafana-server": File(_DEFAULTS.encode()),
        "etc/grafana/grafana.ini": File(b"; all settings have their defaults\n", 0o640),
    }
    control = {
        "control": File(_CONTROL.format(version=version, architecture=architecture).encode()),
        "conffiles": File("".join(f"/{name}\n" for name in _CONFFILES).encode()),
        "postinst": File(_POSTINST.encode(), 0o755),
        "prerm": File(_PRERM.encode(), 0o755),
    }
    provisioning = dict.fromkeys((f"etc/grafana/provisioning/{what}" for what in ("datasources", "dashboards")), 0o755)
    members = {
        "debian-binary": b"2.0\n",
        "control.tar.gz": tar_gz(control),
        "data.tar.gz": tar_gz(files, provisioning),
    }
    path = directory / f"grafana_{version}_{architecture}.deb"
    path.write_bytes(b"!<arch>\n" + b"".join(_member(name, content) for name, content in members.items()))
    return path


def _member(name: str, content: bytes) -> bytes:
    """Of an ar archive: name, time, user, group, mode and size in columns, and a length that is even."""
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)
