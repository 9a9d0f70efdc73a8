"""Scrapy's settings for one source: robots.txt obeyed, one host, bounded in every direction, silent about what it reads.

A function and not a module of constants, because pace and User-Agent belong to the source.
"""

from __future__ import annotations

from typing import Any

from crawlers.sources import Source

REDIRECTS = 5
RETRY_CODES = [408, 429, 500, 502, 503, 504, 522, 524]


def settings(source: Source) -> dict[str, Any]:
    """All settings that differ from Scrapy's defaults; no cookies, no proxy, no cache, no telnet, no referer."""
    pace = source.pace
    return {
        "USER_AGENT": source.agent,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": pace.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": pace.concurrency,
        "CONCURRENT_ITEMS": 1,  # our pipelines never wait; Scrapy would start 100 tasks for every response
        "DOWNLOAD_DELAY": pace.delay,
        # A board that slows down is asked more slowly; never faster than the delay of its card. Without a delay there is nothing to adjust.
        "AUTOTHROTTLE_ENABLED": pace.delay > 0,
        "AUTOTHROTTLE_START_DELAY": pace.delay,
        "AUTOTHROTTLE_MAX_DELAY": max(pace.max_wait, pace.delay),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(pace.concurrency),
        "DOWNLOAD_TIMEOUT": pace.timeout,
        "DOWNLOAD_MAXSIZE": pace.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "CLOSESPIDER_TIMEOUT": pace.max_seconds,
        "RETRY_TIMES": pace.retries,
        "RETRY_HTTP_CODES": RETRY_CODES,
        "RETRY_PRIORITY_ADJUST": 2,
        "RETRY_GIVE_UP_LOG_LEVEL": "DEBUG",
        "REDIRECT_MAX_TIMES": REDIRECTS,
        "COOKIES_ENABLED": False,
        "REFERRER_POLICY": "no-referrer",
        "METAREFRESH_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOGSTATS_INTERVAL": 0,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOG_FORMATTER": "crawlers.quiet.QuietFormatter",
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/json;q=0.9,*/*;q=0.5",
            "Accept-Language": "zh-CN,zh",
        },
        "DOWNLOADER_MIDDLEWARES": {
            "crawlers.fence.Fence": 40,
            "crawlers.allowance.Allowance": 45,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
            "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
            "crawlers.patience.PatientRetry": 550,
            "crawlers.manners.Manners": 545,
            "crawlers.gate.HostGate": 950,
        },
        "ITEM_PIPELINES": {"crawlers.pipelines.mask.MaskPipeline": 100, "crawlers.pipelines.spool.SpoolPipeline": 900},
    }
