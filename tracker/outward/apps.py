from django.apps import AppConfig


class OutwardConfig(AppConfig):
    name = "tracker.outward"
    label = "outward"
