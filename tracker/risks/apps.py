from django.apps import AppConfig


class RisksConfig(AppConfig):
    name = "tracker.risks"
    label = "risks"
