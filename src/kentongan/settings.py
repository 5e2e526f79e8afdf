"""Django's settings, all derived from `kentongan.foundation.config`."""

from __future__ import annotations

from kentongan.foundation.config import config
from kentongan.foundation.databases import database_settings

_config = config()

SECRET_KEY = _config.secret_key
DEBUG = False
ALLOWED_HOSTS = [*_config.hosts, *(["testserver"] if _config.mode == "test" else [])]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "kentongan.foundation",
    "kentongan.places",
    "kentongan.people",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "kentongan.urls"
DATABASES = {"default": database_settings(_config.database, _config.data)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.Person"
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
USE_I18N = True
EMAIL_HOST = _config.smtp_host
EMAIL_PORT = _config.smtp_port
EMAIL_HOST_USER = _config.smtp_user
EMAIL_HOST_PASSWORD = _config.smtp_password
EMAIL_USE_TLS = _config.smtp_tls
DEFAULT_FROM_EMAIL = _config.mail_from
