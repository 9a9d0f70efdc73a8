from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "tracker.notify"
    label = "notify"
