from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "tracker.learning"
    label = "learning"
