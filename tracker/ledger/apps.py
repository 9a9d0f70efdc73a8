from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tracker.ledger"
    label = "ledger"
