"""An older program goes on working on newer tables: what an update without a gap stands on (decision 0023)."""

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

# The last changes that were made before anybody could update while people were using it.
BEFORE = {
    "bodies": "0002_invitation",
    "catalogue": "0001_initial",
    "foundation": "0004_beat",
    "insights": "0002_merged_tally",
    "network": "0007_key_search",
    "notify": "0003_staff_mail",
    "people": "0004_token_use",
    "places": "0001_initial",
    "reports": "0010_contested_queue",
}
MADE = migrations.CreateModel
TAKES_AWAY = (
    migrations.DeleteModel, migrations.RenameModel, migrations.RenameField, migrations.RemoveField,
    migrations.AlterModelTable, migrations.AddConstraint, migrations.AlterUniqueTogether,
)  # fmt: skip


def fault(operation):
    """Why a program that does not know of this change would fail on it; empty where it would not."""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        fills = field.null or field.many_to_many or field.db_default is not models.NOT_PROVIDED
        return "" if fills else f"{operation.name} is a column that an older program leaves out: give it `db_default`"
    if isinstance(operation, TAKES_AWAY):
        return f"{type(operation).__name__} takes away what an older program uses: do it one release later"
    return ""


def test_every_change_of_the_tables_leaves_the_older_program_working():
    loader = MigrationLoader(None)
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("kentongan.")}
    later = [
        (f"{label}.{name}", operation)
        for (label, name), one in loader.disk_migrations.items() if label in ours and name > BEFORE.get(label, "")
        for operation in one.operations
    ]  # fmt: skip
    # A table that came since may be made as one likes: the older program does not know it.
    new = {name.partition(".")[0] + operation.name.lower() for name, operation in later if isinstance(operation, MADE)}
    known = [one for one in later if one[0].partition(".")[0] + getattr(one[1], "model_name", "").lower() not in new]
    assert [f"{name}: {why}" for name, operation in known if (why := fault(operation))] == []
    assert all((label, name) in loader.disk_migrations for label, name in BEFORE.items())


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        (migrations.AddField("report", "x", models.TextField(default="")), "db_default"),
        (migrations.AddField("report", "x", models.TextField(default="", db_default="")), ""),
        (migrations.AddField("report", "x", models.TextField(null=True)), ""),
        (migrations.RemoveField("report", "x"), "one release later"),
        (migrations.RenameField("report", "x", "y"), "one release later"),
        (migrations.CreateModel("new", [("id", models.AutoField(primary_key=True))]), ""),
        (migrations.AddIndex("report", models.Index(fields=["x"], name="x")), ""),
    ],
)
def test_a_change_that_would_break_the_older_program_is_told(operation, wanted):
    assert wanted in fault(operation)
    assert bool(wanted) == bool(fault(operation))
