"""Sign-in by OpenID Connect, against a provider of our own on loopback, with the settings of an operator."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.instances import Instance
from tests.world import build_country


class Provider:
    """An identity provider that says yes to everybody: they are Wayan, with a verified address."""

    def __init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                provider.answer(self)

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Discovery, authorisation, token and user information."""
        parts = urlsplit(handler.path)
        if parts.path == "/authorize":
            asked = parse_qs(parts.query)
            handler.send_response(302)
            handler.send_header("Location", f"{asked['redirect_uri'][0]}?code=1&state={asked['state'][0]}")
            handler.end_headers()
            return
        said = {
            "/.well-known/openid-configuration": {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks", "token_endpoint_auth_methods_supported": ["client_secret_post"],
            },
            "/token": {"access_token": "t", "token_type": "Bearer"},
            "/userinfo": {"sub": "7", "email": "wayan@contoh.id", "email_verified": True, "name": "Wayan"},
        }.get(parts.path, {})  # fmt: skip
        body = json.dumps(said).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The provider, running."""
    found = Provider()
    yield found
    found.server.shutdown()


def test_a_person_signs_in_by_a_provider_and_is_the_person_of_that_address(tmp_path: Path, provider: Provider) -> None:
    places = tmp_path / "places.index"
    build_country(places)
    settings = {
        "KENTONGAN_OIDC_SERVER": provider.url, "KENTONGAN_OIDC_CLIENT": "kentongan", "KENTONGAN_OIDC_SECRET": "x",
        "KENTONGAN_OIDC_NAME": "Identitas Uji",
    }  # fmt: skip
    here = Instance("oidc", tmp_path / "here", places, **settings)
    try:
        here.start("serve")
        browser = requests.Session()
        page = browser.get(f"{here.url}/accounts/login/", timeout=20).text
        assert "Identitas Uji" in page
        # Browsers hold the way from our form to the provider against this.
        policy = browser.get(f"{here.url}/accounts/login/", timeout=20).headers["Content-Security-Policy"]
        assert f"form-action 'self' {provider.url}" in policy
        asked = browser.get(f"{here.url}/accounts/oidc/oidc/login/", timeout=20).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', asked)
        assert token
        browser.post(
            f"{here.url}/accounts/oidc/oidc/login/", data={"csrfmiddlewaretoken": unescape(token[1])},
            headers={"Referer": f"{here.url}/accounts/oidc/oidc/login/"}, timeout=20,
        )  # fmt: skip
        people = (
            "from kentongan.people.models import Person; answer = list(Person.objects.values_list('email', flat=True))"
        )
        assert here.run(people) == ["wayan@contoh.id"]
        assert browser.get(f"{here.url}/mine", timeout=20, allow_redirects=False).status_code == 200
    finally:
        here.close()
