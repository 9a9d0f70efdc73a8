"""Evidence on S3-compatible storage: a real HTTP server of that protocol in this process, and the whole way of a file through the pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.factories import PNG, make_risk
from tracker.env import EnvironmentUnusable, read
from tracker.risks import files
from tracker.risks.audit import evidence_verify
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import State
from tracker.risks.models import Attachment, Risk

DIGEST = sha256(PNG).hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(server: str, web: Path, settings, monkeypatch, tmp_path: Path):
    """An empty bucket, the settings that YIDAN_FILES makes of it, and credentials as boto3 finds them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    place = boto3.resource("s3", endpoint_url=server).create_bucket(
        Bucket=f"b{tmp_path.name.replace('_', '-')}"[:60].lower()
    )
    env = read({"YIDAN_HOME": str(tmp_path), "YIDAN_FILES": f"s3://{place.name}/evidence?endpoint={server}"})
    settings.ENV = dataclasses.replace(settings.ENV, bucket=env.bucket)
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": place.name, "location": "evidence", "endpoint_url": server, "default_acl": None, "querystring_auth": False},
        },
    }  # fmt: skip
    yield place
    place.objects.all().delete()
    place.delete()


def names(bucket) -> list[str]:
    return [item.key for item in bucket.objects.all()]


@pytest.mark.parametrize("url", ["bucket", "http://bucket", "s3://", "s3://bucket?endpoint=host", "s3:///folder"])
def test_what_is_no_bucket_is_said(url: str):
    with pytest.raises(EnvironmentUnusable, match="write s3://BUCKET/FOLDER"):
        read({"YIDAN_FILES": url})


def test_the_settings_are_those_of_the_variable():
    env = read({"YIDAN_FILES": "s3://b/a/folder/?endpoint=https://s3.example.org"})
    assert env.bucket == {"bucket": "b", "folder": "a/folder", "endpoint": "https://s3.example.org"}
    assert read({}).bucket == {}


def test_a_file_is_there_once_and_comes_back_as_it_was(bucket, tmp_path: Path):
    for _again in range(2):
        assert files.store(tmp_path / "files", PNG) == (DIGEST, "image/png")
    assert names(bucket) == [f"evidence/{DIGEST[:2]}/{DIGEST}"]
    with files.opened(tmp_path / "files", DIGEST) as file:
        assert file.read() == PNG
    assert not (tmp_path / "files").exists(), "nothing on this machine"
    with pytest.raises(Incomplete):
        files.store(tmp_path / "files", b"#!/bin/sh")
    assert len(names(bucket)) == 1
    with pytest.raises(FileNotFoundError):
        files.opened(tmp_path / "files", "0" * 64)


def test_from_the_form_to_the_page_and_the_audit(bucket, desk, person, tmp_path: Path):
    risk = make_risk(desk, State.HANDLING)
    from django.core.files.uploadedfile import SimpleUploadedFile

    handler = person("handler")
    risk.refresh_from_db()
    answer = handler.post(
        f"/sheet/{risk.number}/do/attach/",
        {"version": risk.version, "file": SimpleUploadedFile("现场.png", PNG, content_type="image/png")},
    )
    assert answer.status_code == 303
    row = Attachment.objects.get(risk=risk)
    assert names(bucket) == [f"evidence/{row.digest[:2]}/{row.digest}"]
    shown = handler.get(f"/sheet/{risk.number}/evidence/{row.digest}/")
    assert shown.status_code == 200
    assert sha256(b"".join(shown.streaming_content)).hexdigest() == row.digest
    assert list(evidence_verify(tmp_path / "files")) == []

    key = names(bucket)[0]
    bucket.put_object(Key=key, Body=b"another")
    assert ["has been changed" in sentence for _number, sentence in evidence_verify(tmp_path / "files")] == [True]
    bucket.Object(key).delete()
    assert ["is gone" in sentence for _number, sentence in evidence_verify(tmp_path / "files")] == [True]
    assert handler.get(f"/sheet/{risk.number}/evidence/{row.digest}/").status_code == 404


@pytest.mark.django_db
def test_where_it_cannot_be_kept_nothing_names_it(bucket, desk, monkeypatch, settings, tmp_path: Path):
    risk = make_risk(desk, State.HANDLING)
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": settings.STORAGES["default"]["OPTIONS"] | {"bucket_name": "absent"}}
    }  # fmt: skip
    from django.utils import timezone

    from tracker.risks.evidence import evidence_take

    with pytest.raises(OSError, match="does not answer"):
        evidence_take(
            risk=risk.pk, version=risk.version, actor=desk.actor("handler"), now=timezone.now(), root=tmp_path, name="x.png",
            read=lambda: PNG,
        )  # fmt: skip
    assert not Attachment.objects.exists()
    assert Risk.objects.get(pk=risk.pk).version == risk.version
