"""A real nginx with its proxy cache, in front of an app: careful, careless, or told to disregard what it is told."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..geodb.update.tls import authority
from .needed import needed
from .served import free_port, listening

CLIENT = "x-test-client"
"""The header by which a test says whose address nginx is to pass on as the client's."""

CAREFUL = "proxy_cache_key $scheme$host$request_uri;"
"""Stores what its headers allow to be stored, by the whole address."""

CARELESS = """
proxy_cache_key $uri;
proxy_cache_valid any 10m;
proxy_cache_use_stale error timeout updating http_500;
proxy_cache_lock on;
"""
"""Mixes hosts and queries, and stores for ten minutes whatever says nothing of itself, errors and redirects too."""

DISREGARDING = CARELESS + "proxy_ignore_headers Cache-Control Expires X-Accel-Expires Set-Cookie Vary;"
"""Stores everything, whatever its headers say: nobody's app is safe behind that."""

_CONFIG = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
user {user};
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=pages:1m;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls} ssl;
        ssl_certificate {folder}/hosts.pem;
        ssl_certificate_key {folder}/hosts.pem;
        location / {{
            proxy_pass http://127.0.0.1:{upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $http_x_test_client;
            proxy_cache pages;
            add_header X-Cache-Status $upstream_cache_status always;
            {cache}
        }}
    }}
}}
"""


class Ports(NamedTuple):
    """Where nginx listens, by http and by https."""

    http: int
    https: int


@contextmanager
def in_front(
    upstream: int, folder: Path, cache: str = CAREFUL, *, hosts: list[str], https: int | None = None
) -> Iterator[Ports]:
    """An nginx in front of the app at a port, with its cache in a folder, from when it listens on."""
    program = needed("nginx")
    ports = Ports(free_port(), https or free_port())
    authority(folder, hosts)
    file = folder / "nginx.conf"
    user = pwd.getpwuid(os.getuid()).pw_name
    file.write_text(
        _CONFIG.format(folder=folder, user=user, port=ports.http, tls=ports.https, upstream=upstream, cache=cache)
    )
    command = [program, "-c", str(file), "-p", str(folder), "-e", str(folder / "error.log")]
    with listening(command, ports.http, folder / "nginx.log"):
        yield ports
