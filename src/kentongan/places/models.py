"""What an operator loaded: areas with their boundaries and periods, layers of roads, and assets.

The packaged gazetteer knows the official areas; these tables add boundaries to them, and whatever is newer.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Area(models.Model):
    """An administrative area for a period. `code` is the dotted Kemendagri code; `lon`, `lat` WGS 84 degrees.

    A split of a region ends the old rows (`valid_until`) and begins new ones: no code changes.
    """

    code = models.CharField(max_length=13, db_index=True)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10)
    type = models.CharField(max_length=20, blank=True)
    population = models.PositiveIntegerField(null=True)
    lon = models.FloatField()
    lat = models.FloatField()
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    boundary = models.BinaryField()  # WKB, WGS 84, lon before lat

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(valid_until__isnull=True), name="area_one_valid")
        ]

    def __str__(self) -> str:
        return self.code


class Layer(models.Model):
    """Lines or points that decide who is responsible: `owner` is the class, `reach` the search distance in metres."""

    code = models.SlugField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=40)
    reach = models.FloatField(default=25.0)
    approximate = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.code


class Feature(models.Model):
    """One road or asset of a layer; `shape` is WKB, WGS 84."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="features")
    name = models.CharField(max_length=160, blank=True)
    shape = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.layer_id} {self.name}"


class Asset(models.Model):
    """A thing with an identity: a street light, a bus stop, a tree. `own_id` is what its owner calls it in `layer`.

    It is never deleted: what a later file no longer names has `ended_at`. `cell` is the square in which it lies
    (`assets.cell`), the two `sought_` what people type of it (`assets.sought`).
    """

    layer = models.SlugField(max_length=40, db_index=False)
    own_id = models.CharField(max_length=80)
    name = models.CharField(max_length=160, blank=True)
    lon = models.FloatField()
    lat = models.FloatField()
    cell = models.BigIntegerField()
    sought_id = models.CharField(max_length=80, blank=True)
    sought_name = models.CharField(max_length=160, blank=True)
    loaded_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "own_id"], name="asset_layer_own_id")]
        indexes = [
            models.Index(fields=["layer", "cell"], name="asset_cell", condition=Q(ended_at__isnull=True)),
            # PostgreSQL answers "begins with" from an index only where that compares byte by byte.
            models.Index(fields=["sought_id"], name="asset_sought_id", opclasses=["varchar_pattern_ops"]),
            models.Index(
                fields=["sought_name"], name="asset_sought_name", opclasses=["varchar_pattern_ops"],
                condition=~Q(sought_name=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.layer} {self.own_id}"
