"""SQLite, which has counted nothing in a new installation, takes of indexes that seem alike the newest: after those of the
archive's orders, lists read all reports of a body to find the few that have gone elsewhere."""

from typing import Any

from django.db import migrations, models


def make_anew(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        report = apps.get_model("reports", "Report")
        [gone] = [one for one in report._meta.indexes if one.name == "report_gone"]
        schema_editor.remove_index(report, gone)
        schema_editor.add_index(report, gone)


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0020_archive_orders"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(make_anew, migrations.RunPython.noop)],
            state_operations=[  # where all tables are made at once, indexes are in the order of the state
                migrations.RemoveIndex("report", "report_gone"),
                migrations.AddIndex(
                    "report",
                    models.Index(fields=["body", "state", "id"], name="report_gone", condition=models.Q(away=True)),
                ),
            ],
        )
    ]
