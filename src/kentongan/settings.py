"""Django's settings, all derived from `kentongan.foundation.config`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kentongan.foundation.config import config
from kentongan.foundation.databases import database_settings
from kentongan.foundation.logs import configure
from kentongan.foundation.photo_storage import photo_storage

_config = config()
configure()
_package = Path(__file__).parent

# Bottom to top, as docs/architecture.md draws them.
ROOMS = [
    "foundation", "places", "live", "people", "catalogue", "bodies", "reports", "routing",
    "casework", "network", "notify", "insights", "numbers", "community", "emergency", "warnings", "api", "open311",
    "console", "web", "demo",
]  # fmt: skip

SECRET_KEY = _config.secret_key
DEBUG = False
ALLOWED_HOSTS = [*_config.hosts, *(["testserver"] if _config.mode == "test" else [])]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    *(f"kentongan.{room}" for room in ROOMS if find_spec(f"kentongan.{room}")),
    "django.contrib.humanize",  # after the rooms, whose words for its times go before its own
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kentongan.web.packed.PackedStatic",
    "kentongan.web.policy.Policy",  # around `Edge`, which writes refusals anew
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "kentongan.api.edge.Edge",
    "kentongan.web.above.PageAbove",
    "kentongan.web.slashes.NoSlash",  # within `Edge`, which writes what is not found anew
    "django.middleware.common.CommonMiddleware",
    "kentongan.web.origin.SameOrigin",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kentongan.people.sessions.Noting",
    "kentongan.web.messages.Messages",
    "kentongan.network.leaving.old_addresses.OldAddresses",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "kentongan.urls"
WSGI_APPLICATION = "kentongan.wsgi.application"
_processors = [
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
    "kentongan.web.people_here.whose",
]
TEMPLATES: list[dict[str, Any]] = [
    {  # our own pages and letters
        "NAME": "jinja2",
        "BACKEND": "kentongan.web.folding.Engine",
        "DIRS": [_package / room / "templates" for room in ("web", "console", "network", "notify")],
        "OPTIONS": {
            "environment": "kentongan.web.engine.environment",
            "context_processors": [
                *_processors,
                "kentongan.web.holes.shown_to",
                "kentongan.console.navigation.shown_to",
            ],
        },
    },
    {  # pages of others, and what gives allauth's our looks: first, before the apps
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_package / "web" / "account_pages"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request", *_processors]},
    },
]
DATABASES = {"default": database_settings(_config.database, _config.data, prepared=_config.database_prepared)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# A code by mail first: so that an address is never somebody else's, and signing up tells nobody who has an account.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "kentongan.people.signing_in.Adapter"
ACCOUNT_FORMS = {"signup": "kentongan.people.signing_in.SignUp"}
CACHES = {"default": {"BACKEND": "kentongan.foundation.shared.Cache"}}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_USER_DISPLAY = lambda person: person.name or person.email  # noqa: E731
if _config.oidc_server:
    # One account is valid everywhere: who signs in by a provider is the person with that verified address.
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "EMAIL_AUTHENTICATION": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": _config.oidc_name or _config.oidc_server.split("/")[2],
                    "client_id": _config.oidc_client,
                    "secret": _config.oidc_secret,
                    "settings": {"server_url": _config.oidc_server},
                }
            ],
        }
    }
SOCIALACCOUNT_ADAPTER = "kentongan.people.providers.Providers"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/start"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# A fault in a request is logged once, by `foundation.logs`; Django's own lines name addresses, which may be secret.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}

LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
TIME_ZONE = "Asia/Jakarta"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # seconds; a phone forgets cookies without an age when it closes the browser
USE_TZ = True
USE_I18N = True
# Before what apps bring: our words for the account pages win over those of allauth and Django.
LOCALE_PATHS = [_package / "people" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = _config.data / "static"
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = _config.data / "media"
STORAGES = {
    "default": photo_storage(_config),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Uploads: five photos of 20 MB and their form; larger bodies are refused before they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # each form refuses a sixth photo in words, and what was typed beside it stays

SESSION_ENGINE = "kentongan.people.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_https = _config.base_url.startswith("https://")
SESSION_COOKIE_SECURE = _https
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
CSRF_TRUSTED_ORIGINS = [_config.base_url]
if _https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
_self, _none = "'self'", "'none'"
CONTENT_SECURITY_POLICY = {
    "default-src": [_self],
    "img-src": [_self, "data:", "blob:"],
    "worker-src": [_self, "blob:"],
    "connect-src": [_self, *([_config.map_host] if _config.map_host else [])],
    "object-src": [_none],
    "base-uri": [_none],
    # A form of ours leads on to the provider that people sign in by.
    "form-action": [_self, *(["/".join(_config.oidc_server.split("/")[:3])] if _config.oidc_server else [])],
    "frame-ancestors": [_none],
}

EMAIL_HOST = _config.smtp_host
EMAIL_PORT = _config.smtp_port
EMAIL_HOST_USER = _config.smtp_user
EMAIL_HOST_PASSWORD = _config.smtp_password
# RFC 8314: on its own port TLS begins at once; elsewhere STARTTLS asks for it.
EMAIL_USE_SSL = _config.smtp_tls and _config.smtp_port == 465
EMAIL_USE_TLS = _config.smtp_tls and not EMAIL_USE_SSL
DEFAULT_FROM_EMAIL = _config.mail_from
EMAIL_TIMEOUT = 20  # seconds of one wait; `foundation.mail` has the deadline of a whole mail
# A request stores its mail and the worker sends it: nobody waits for a mail server.
EMAIL_BACKEND = "kentongan.notify.storing.StoringBackend"
if _config.mode == "demo" or (_config.mode == "development" and not _config.smtp_host):
    EMAIL_BACKEND = "kentongan.notify.keeping.KeepingBackend"
