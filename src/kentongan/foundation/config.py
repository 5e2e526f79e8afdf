"""Every setting of an installation, read once from `KENTONGAN_*` variables or `.env`, typed and checked."""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from contextlib import suppress
from difflib import SequenceMatcher
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kentongan.foundation.databases import database_settings
from kentongan.foundation.remembering import remembered

# Of ASCII's letters alone (`a`): else ſ and the Kelvin sign are letters of a host, and digits of any writing a port.
_BASE = re.compile(r"(?ai:(https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?))/?")
# Of anything on the web, as what we and browsers load.
_ADDRESS = re.compile(_BASE.pattern.removesuffix("/?") + r"(?:[/?#][^\s\"'<>\\]*)?")
_PORT = re.compile(r"https?://(?:\[[^\]]*\]|[^/:?#\[]*):(\d+)", re.IGNORECASE)
_OWN_PATH = re.compile(r"/(?!/)[^\s\"'<>\\]*")  # an address on this installation itself
NEAR = 0.7  # how like a setting's name a wrong one is, of 1, where it may be meant
List = Annotated[list[str], NoDecode]  # as JSON, or with commas between

# Variables that tests and scripts of the repository read.
NOT_FOR_OPERATORS = {
    f"KENTONGAN_{name}" for name in ("TEST_POSTGRES", "PICTURES", "MUTATIONS", "MANY", "PLACES_INDEX", "BOUNDARIES")
} | {f"KENTONGAN_BENCH_{name}" for name in ("REPORTS", "WORKERS", "CASES")}  # fmt: skip


class Config(BaseSettings):
    """The settings an operator may give. Paths are absolute after reading; times are in seconds."""

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_", env_file=".env", extra="ignore")

    mode: Literal["production", "development", "demo", "test"] = "production"
    data: Path = Path("data")
    database: str = ""
    database_prepared: bool = True  # off behind a pooler that hands a connection on and keeps no statements
    secret_key: str = ""
    hosts: List = ["localhost", "127.0.0.1", "[::1]"]
    base_url: str = "http://127.0.0.1:8000"
    instance: str = Field(default="", max_length=120, pattern=r"^[A-Za-z0-9.:_-]*$")  # empty: the host of base_url
    instance_name: str = "Kentongan"
    data_licence: str = "CC BY 4.0"
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: bool = True
    mail_from: str = "Kentongan <no-reply@localhost>"
    oidc_name: str = ""  # what people read on the button; empty: the host of the server
    oidc_server: str = ""  # the issuer's address; empty: nobody signs in by OpenID Connect
    oidc_client: str = ""
    oidc_secret: str = ""
    photos_bucket: str = ""  # of an S3 service; empty: the folder `media` in the data folder
    photos_endpoint: str = ""  # the service's address; empty: that of Amazon
    photos_region: str = ""
    photos_key: str = ""  # empty: as the machine's own role or environment has it
    photos_secret: str = ""
    map_style: str = ""  # a MapLibre style; empty: our own map file, or borders and streets that we know
    places_repository: str = "https://raw.githubusercontent.com/cahyadsn/wilayah_boundaries"
    places_version: str = "3c5a7960f4d227a38489094d84252bdbb3f978a5"
    demo_streets: list[str] = [  # extracts of OpenStreetMap that `script/demo --real` brings
        "https://download.bbbike.org/osm/bbbike/Jakarta/Jakarta.osm.pbf",
        "https://download.geofabrik.de/asia/indonesia/nusa-tenggara-latest.osm.pbf",
    ]
    demo_map: str = "https://build.protomaps.com/{day}.pmtiles"  # the world as PMTiles, {day} one of the last seven
    places_checksum: str = ""  # SHA-256 over all files in order; empty: not checked, only logged
    open311_jurisdiction_required: bool = False
    open311_key_required: bool = False  # for reading too
    metrics_token: str = ""  # what /metrics asks for; without one it answers private addresses only
    staff_second_factor: bool = False  # whether a role counts only for those who sign in with a second factor
    anonymous_reports: bool = True
    anonymous_reports_per_hour: int = Field(default=20, ge=1)
    account_reports_per_hour: int = Field(default=60, ge=1)
    comments_per_hour: int = Field(default=60, ge=1)  # of an account, or of an address without one
    trusted_proxies: int = Field(default=0, ge=0)  # how many of ours stand in front and add X-Forwarded-For
    # Networks that are not public and may be called all the same. None in production; else this machine.
    private_addresses: List = []
    # What positions, words and pictures of alerts are encrypted with, the newest first; empty: made from secret_key.
    safety_keys: List = []
    # What a gateway shows, or signs with, that hands us SMS of people in need; empty: none does.
    sms_secret: str = ""

    @property
    def sends_mail(self) -> bool:
        """Whether mails go anywhere: only a production without a mail server has nowhere to put them."""
        return bool(self.smtp_host) or self.mode != "production"

    @property
    def map_host(self) -> str:
        """Where browsers load a map of others from, as `https://tiles.example:8443`; empty: only from here."""
        found = re.match(r"https?://[^/?#]+", self.map_style, re.IGNORECASE)
        return found[0] if found else ""

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        try:
            return value.expanduser().resolve()
        except RuntimeError as fault:  # `~somebody`, and nobody knows whose folder that is
            raise ValueError(str(fault)) from None

    @field_validator("base_url")
    @classmethod
    def _only_a_host(cls, value: str) -> str:
        if not (found := _BASE.fullmatch(value.strip())):
            raise ValueError("must be an address such as https://lapor.example.go.id, without a path")
        return _with_a_real_port(found[1].lower())

    @field_validator("oidc_server", "photos_endpoint", "places_repository", "demo_map")
    @classmethod
    def _on_the_web(cls, value: str) -> str:
        return _on_the_web(value)

    @field_validator("demo_streets")
    @classmethod
    def _each_on_the_web(cls, value: list[str]) -> list[str]:
        return [_on_the_web(one) for one in value]

    @field_validator("map_style")
    @classmethod
    def _on_the_web_or_here(cls, value: str) -> str:
        return value if _OWN_PATH.fullmatch(value) else _on_the_web(value)

    @field_validator("database")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        if not value.startswith("sqlite"):
            database_settings(value, Path())
        return value

    @field_validator("hosts", "private_addresses", "safety_keys", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("["):
            try:
                return json.loads(value)
            except (ValueError, RecursionError):
                raise ValueError('must be a list such as ["one", "two"], or names with commas between') from None
        return [one for part in value.split(",") if (one := part.strip())]

    @field_validator("private_addresses")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        return [str(ip_network(one)) for one in value]

    @field_validator("safety_keys")
    @classmethod
    def _long_keys(cls, value: list[str]) -> list[str]:
        if any(len(one) < 32 for one in value):
            raise ValueError("each key must have at least 32 random characters")
        return value

    @field_validator("sms_secret")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if value and len(value) < 20:
            raise ValueError("at least 20 random characters, or nothing")
        return value

    @model_validator(mode="after")
    def _this_machine_where_one_tries_out(self) -> Config:
        if self.mode != "production" and "private_addresses" not in self.model_fields_set:
            self.private_addresses = ["127.0.0.0/8", "::1/128"]
        return self

    @model_validator(mode="after")
    def _whole_provider(self) -> Config:
        if self.oidc_server and not self.oidc_client:
            raise ValueError("oidc_client must be given with oidc_server")
        return self

    @field_validator("photos_bucket")
    @classmethod
    def _bucket_can_be_spoken_to(cls, value: str) -> str:
        if value and find_spec("boto3") is None:
            raise ValueError("a bucket needs the package boto3: install kentongan[s3]")
        return value

    @model_validator(mode="after")
    def _secret_where_strangers_come(self) -> Config:
        if not self.secret_key:
            if self.mode == "production":
                raise ValueError("secret_key must be set in production: at least 50 random characters")
            self.secret_key = _kept_secret(self.data)
        return self


def _on_the_web(value: str) -> str:
    if value and not _ADDRESS.fullmatch(value):
        raise ValueError("must be an http(s) address such as https://example.go.id/path")
    return _with_a_real_port(value)


def _with_a_real_port(address: str) -> str:
    if (found := _PORT.match(address)) and not 0 < int(found[1]) < 65_536:
        raise ValueError(f"port {found[1]} is none: they go from 1 to 65535")
    return address


def _kept_secret(data: Path) -> str:
    """The key of a development or demo folder: made once, so that sessions outlive a restart."""
    path = data / "secret_key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text()


def unknown_settings() -> dict[str, str]:
    """Names beginning with `KENTONGAN_` that no setting has, in the environment or `.env`, each with the setting that
    was likely meant; empty where none is near."""
    given = {name.upper() for name in os.environ}
    with suppress(OSError):
        lines = Path(".env").read_text(errors="replace").splitlines()
        given |= {line.split("=", 1)[0].strip().removeprefix("export ").upper() for line in lines if "=" in line}
    known = {f"KENTONGAN_{name.upper()}" for name in Config.model_fields}
    strange = {name for name in given if name.startswith("KENTONGAN_")} - known - NOT_FOR_OPERATORS
    return {name: _meant(name, known) for name in sorted(strange)}


def _meant(name: str, known: set[str]) -> str:
    """The one nearest to `name`, without what all names begin with; of two as near the one that begins with it."""

    def near(other: str) -> tuple[float, bool, str]:
        first, second = name.removeprefix("KENTONGAN_"), other.removeprefix("KENTONGAN_")
        return SequenceMatcher(None, first, second).ratio(), second.startswith(first), other

    nearest = near(best := max(known, key=near))
    return best if nearest[0] >= NEAR else ""


@remembered(maxsize=1)
def config() -> Config:
    """The checked settings. A wrong one ends the process with one clear line for each fault."""
    try:
        return Config()
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            setting = f"KENTONGAN_{name}" if name else "settings"
            sys.stderr.write(f"kentongan: {setting}: {fault['msg']}\n")
        raise SystemExit(2) from None
    except UnicodeDecodeError:
        sys.stderr.write(f"kentongan: {Path('.env').resolve()}: it is no text in UTF-8\n")
        raise SystemExit(2) from None
    except OSError as fault:  # the settings file, or the key of a folder to try out in
        sys.stderr.write(f"kentongan: {Path(fault.filename or '.env').resolve()}: {fault.strerror}\n")
        raise SystemExit(2) from None
