"""Where photos lie, told to Django: a folder of this machine, or a bucket that all machines share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kentongan.foundation.config import Config


def photo_storage(config: Config) -> dict[str, Any]:
    """Django's storage for photos. In a bucket nothing is public: every photo is asked for through this program."""
    if not config.photos_bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": config.photos_bucket, "endpoint_url": config.photos_endpoint or None,
            "region_name": config.photos_region or None, "access_key": config.photos_key or None,
            "secret_key": config.photos_secret or None, "default_acl": None, "file_overwrite": False,
        },
    }  # fmt: skip
