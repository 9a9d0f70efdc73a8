"""What people copy out of a robot's settings becomes the URL apprise understands; anything else is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import apprise
import pytest
import requests

from tracker.notify.channels import CHANNELS, BadAddress, Message
from tracker.notify.channels.sending import by_apprise

MAIL = {"host": "mail.example.org", "port": 587, "user": "desk", "password": "p/w d", "ssl": False, "tls": True,
        "sender": "desk@example.org"}  # fmt: skip
GOOD = {
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=abc123",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/abc-123-def",
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc-123",
    "webhook": "https://example.org/in?room=7",
    "email": "someone@example.org",
}
KINDS = {"webhook": "NotifyJSON", "email": "NotifyEmail"}
BAD = [
    "", "x", "http://oapi.dingtalk.com/robot/send?access_token=a", "https://evil.example/robot/send?access_token=abc",
    "https://oapi.dingtalk.com@evil.example/robot/send?access_token=a", "https://oapi.dingtalk.com/robot/send",
    "https://open.feishu.cn/open-apis/bot/v2/hook/a/../b", "https://open.feishu.cn/open-apis/bot/v2/hook/?x",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a%2Fb", "https://[::1", "https://oapi.dingtalk.com:8/x?access_token=a",
]  # fmt: skip


@pytest.fixture(autouse=True)
def mail(settings):
    settings.ENV = replace(settings.ENV, mail=MAIL)


@pytest.mark.parametrize("channel", KINDS)
def test_an_address_becomes_its_own_kind_of_message(channel):
    found = apprise.Apprise.instantiate(CHANNELS[channel].url(GOOD[channel], "k|1"))
    assert type(found).__name__ == KINDS[channel]


@pytest.mark.parametrize("channel", ["dingtalk", "feishu", "wecom"])
@pytest.mark.parametrize("address", BAD)
def test_a_robots_address_never_leads_elsewhere(channel, address):
    with pytest.raises(BadAddress):
        CHANNELS[channel].url(address, "k")


@pytest.mark.parametrize("address", ["http://example.org", "https://", "ftp://example.org", "https://u:p@example.org/"])
def test_a_webhook_is_plain_https(address):
    with pytest.raises(BadAddress):
        CHANNELS["webhook"].url(address, "k")


@pytest.mark.parametrize("address", ["", "no", "a@b@c", "a@example.org&to=x@example.org"])
def test_a_mailbox_is_one(address):
    with pytest.raises(BadAddress):
        CHANNELS["email"].url(address, "k")


def test_without_a_mail_server_it_says_so(settings):
    settings.ENV = replace(settings.ENV, mail={})
    with pytest.raises(BadAddress, match="YIDAN_MAIL_URL"):
        CHANNELS["email"].url("a@example.org", "k")


@pytest.mark.parametrize(("status", "taken"), [(200, True), (500, False)])
def test_the_key_and_the_receivers_own_query_go_along(monkeypatch, status, taken):
    sent = []

    def post(url, **given):
        sent.append((url, given))
        answer = requests.Response()
        answer.status_code = status
        return answer

    monkeypatch.setattr(requests, "request", lambda _method, url, **given: post(url, **given))
    monkeypatch.setattr(requests, "post", post)
    url = CHANNELS["webhook"].url(GOOD["webhook"], "treat-75|YD-1")
    assert (by_apprise(url, Message("treat-75|YD-1", "题", "正文")) == "") is taken
    (address, given), *_more = sent
    assert address.startswith("https://example.org/in")
    assert given["headers"]["Idempotency-Key"] == "treat-75|YD-1"
    assert given["params"] == {"room": "7"}
    assert json.loads(given["data"])["message"] == "正文"
