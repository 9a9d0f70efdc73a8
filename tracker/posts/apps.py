from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "tracker.posts"
    label = "posts"
