"""Reports that other applications filed belong to them: only they repeat them."""

from django.db import migrations
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce, Substr


def name_senders(apps, schema_editor):
    """The peer that filed a report by Open311, and the instance where a report of the network began."""
    Report, HandOver = apps.get_model("reports", "Report"), apps.get_model("network", "HandOver")
    Trace = apps.get_model("network", "Trace")
    filed = HandOver.objects.filter(report=OuterRef("pk"), direction="in").order_by("pk")
    Report.objects.filter(channel="open311").update(sender=Coalesce(Subquery(filed.values("peer")[:1]), "sender"))
    began = Trace.objects.filter(report=OuterRef("pk")).annotate(by=Substr("origin", 1, 120))
    Report.objects.filter(channel="peer").update(sender=Coalesce(Subquery(began.values("by")[:1]), "sender"))


class Migration(migrations.Migration):
    dependencies = [("network", "0004_departure_moved"), ("reports", "0007_report_sender")]

    operations = [migrations.RunPython(name_senders, migrations.RunPython.noop)]
