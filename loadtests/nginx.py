"""nginx as what a user could have instead: a JSON log with countries by its geoip2 module, against plain nginx."""

import shutil
from pathlib import Path

_MODULES = (
    Path("/usr/lib/nginx/modules/ngx_http_geoip2_module.so"),
    Path("/usr/lib64/nginx/modules/ngx_http_geoip2_module.so"),
)
MISSING = "nginx with its geoip2 module is missing: install it with `apt-get install nginx libnginx-mod-http-geoip2`"

_CONFIGURATION = """
{module}
worker_processes 1;
pid {folder}/{name}.pid;
error_log {folder}/{name}.error;
daemon off;
events {{ worker_connections 256; }}
http {{
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  keepalive_requests 100000000;
  {log}
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok"; }} }}
}}
"""
_LOG = """
  geoip2 {city} {{ $country source=$http_x_forwarded_for country iso_code; }}
  log_format visits escape=json '{{"time":"$time_iso8601","address":"$http_x_forwarded_for","country":"$country",'
    '"method":"$request_method","path":"$uri","status":$status,"agent":"$http_user_agent"}}';
  access_log {folder}/{name}.log visits buffer=64k flush=1s;
"""


def commands(folder: Path, city: Path, ports: dict[str, int]) -> dict[str, list[str]] | None:
    """The commands for `plain` and `geoip2`, each at its port; None where nginx or its module is missing."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    module = next((path for path in _MODULES if path.exists()), None)
    if nginx is None or module is None:
        return None
    found = {}
    for name, port in ports.items():
        log = _LOG.format(city=city, folder=folder, name=name) if name == "geoip2" else "access_log off;"
        told = {"module": f"load_module {module};", "folder": folder, "name": name, "log": log, "port": port}
        file = folder / f"{name}.conf"
        file.write_text(_CONFIGURATION.format(**told))
        found[name] = [nginx, "-p", str(folder), "-c", str(file)]
    return found
