"""Reports that were joined with another are counted as joined, no longer as passed on."""

from django.db import migrations, models

from kentongan.reports.states import Ending

BATCH = 500


def _rename(apps, before, after):
    """Row and entry together, so that `audit` finds them alike."""
    Report, Entry = apps.get_model("reports", "Report"), apps.get_model("reports", "Entry")
    last = 0
    while entries := list(Entry.objects.filter(kind="merged", pk__gt=last).order_by("pk")[:BATCH]):
        for entry in entries:
            if entry.data.get("ending") == before:
                entry.data["ending"] = after
        Entry.objects.bulk_update(entries, ["data"])
        last = entries[-1].pk
    # The last change of such a report is its join: a later one would have another state.
    Report.objects.filter(state="duplicate", ending=before, entries__kind="merged").update(ending=after)


def forwards(apps, schema_editor):
    _rename(apps, "passed_on", "merged")


def backwards(apps, schema_editor):
    _rename(apps, "merged", "passed_on")


class Migration(migrations.Migration):

    dependencies = [
        ("reports", "0005_fewer_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="report",
            name="ending",
            field=models.CharField(blank=True, choices=[(one, one) for one in Ending], max_length=20),
        ),
        migrations.RunPython(forwards, backwards),
    ]
