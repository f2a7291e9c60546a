"""The door: logging in with a token, and out."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.analytics.page.access import Who
from frontdesk.analytics.page.errors import PageError
from frontdesk.analytics.page.guard import Guard, cookie_name, is_own_form, is_secure, own_path
from frontdesk.analytics.page.looks import Looks

_LONGEST_FORM = 8192


class Door:
    """The pages that somebody sees who is not logged in."""

    def __init__(self, guard: Guard, looks: Looks) -> None:
        self._guard = guard
        self._looks = looks

    async def show(self, request: Request) -> Response:
        """The form; somebody who is known already goes on."""
        after = own_path(request.query_params.get("next", "/"))
        if self._guard.who(request) is not None:
            return RedirectResponse(after, 303)
        return self._form(after)

    async def enter(self, request: Request) -> Response:
        """A token was sent: a new session, or the form again."""
        if not is_own_form(request):
            raise PageError(403, "This form was sent by another site.")
        form = await _read(request)
        after = own_path(form.get("next", "/"))
        analyst = self._guard.analyst(request, form.get("token", "").strip())
        if analyst is None:
            return self._form(after, "That token is not known here.", 401)
        self._guard.sessions.end(request.cookies.get(cookie_name(request), ""))
        answer = RedirectResponse(after, 303)
        number = self._guard.sessions.begin(Who(analyst, analyst.name))
        answer.set_cookie(
            cookie_name(request), number, path="/", secure=is_secure(request), httponly=True, samesite="strict"
        )
        return answer

    async def leave(self, request: Request) -> Response:
        """Log out: the session ends here, whatever becomes of the cookie."""
        if not is_own_form(request):
            raise PageError(403, "This form was sent by another site.")
        self._guard.sessions.end(request.cookies.get(cookie_name(request), ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(
            cookie_name(request), path="/", secure=is_secure(request), httponly=True, samesite="strict"
        )
        return answer

    def _form(self, after: str, wrong: str = "", status: int = 200) -> Response:
        return self._looks.page("login.html", status, after=after, wrong=wrong, has_tokens=bool(self._guard.tokens))


async def _read(request: Request) -> dict[str, str]:
    """A form's fields. Raises `PageError` for anything longer than a form of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise PageError(400, "That is no form of this page.")
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=8, errors="strict")
    except ValueError:
        raise PageError(400, "That is no form of this page.") from None
    return {name: values[0] for name, values in fields.items()}
