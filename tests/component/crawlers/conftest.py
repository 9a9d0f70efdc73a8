"""What the tests of single rules use too."""

from tests.unit.crawlers.conftest import catalogue_file, make_post

__all__ = ["catalogue_file", "make_post"]
