"""The headers that every answer carries: what the browser may load, keep and tell others."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = "/static/"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    # Nothing leaves to other sites. With `no-referrer` browsers would also blank the Origin of our own forms.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
ONE_YEAR = "max-age=31536000"


class SecurityHeaders:
    """Middleware. Everything but the static files is `no-store`: a shared computer keeps no page."""

    def __init__(self, app: ASGIApp, *, is_local: bool) -> None:
        self.app = app
        self.is_local = is_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_secured)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        # The address of a static file holds the hash of its content, so it may be kept for ever.
        headers["Cache-Control"] = f"public, {ONE_YEAR}, immutable" if path.startswith(STATIC) else "no-store"
        if not self.is_local:
            headers["Strict-Transport-Security"] = f"{ONE_YEAR}; includeSubDomains"
