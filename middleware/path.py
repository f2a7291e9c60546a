"""The path of a request where the app lies below a root path, which a proxy in front takes away (ASGI's `root_path`).

Newer servers give the path with it, older ones without, so both are read. As some servers give something else, a path
need be no text.
"""

from typing import Any


def path_in_app(scope: dict[str, Any]) -> Any:
    """The path as the app itself names its pages."""
    path, root = scope.get("path", ""), scope.get("root_path")
    within = _below(path, root) if root else None
    return path if within is None else within


def both_paths(scope: dict[str, Any]) -> tuple[Any, Any]:
    """The path as visitors see it, and as the app names it."""
    path, root = scope.get("path", ""), scope.get("root_path")
    if not root:
        return path, path
    within = _below(path, root)
    return (f"{root}{path}", path) if within is None else (path, within)


def _below(path: Any, root: Any) -> str | None:
    """What follows the root path; None where the path does not begin with it."""
    if not isinstance(path, str) or not isinstance(root, str):
        return None
    # A server puts both together as they are, also where the root was written with a slash at its end.
    for begun in (root, root.rstrip("/")):
        if path.startswith(begun):
            rest = path[len(begun) :] or "/"
            if rest[0] == "/":
                return rest
    return None
