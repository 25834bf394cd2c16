"""Why a mail was not delivered: reply and status to a reason, and what that means for the address.

A 5xx is not a hard bounce. *Hard* means the address itself is gone: unknown user, unknown host,
moved for good, or a host that takes no mail at all (RFC 3463 and RFC 7505: 5.1.1, 5.1.2, 5.1.3,
5.1.6, 5.1.10, 5.4.4, and the same said in words). What the words say goes before the code, for
servers say 5.1.1 of full mailboxes and 550 of anything. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from contactcenter.channels.email.bounce_words import words

Policy = Literal["suppress", "soft", "pause_campaign", "none"]


@dataclass(frozen=True, slots=True)
class Reason:
    """``meaning`` in a sentence; ``policy`` is what follows for address or campaign."""

    name: str
    meaning: str
    policy: Policy


REASONS: dict[str, Reason] = {
    reason.name: reason
    for reason in (
        Reason("authfailure", "SPF, DKIM or DMARC of our domain failed", "pause_campaign"),
        Reason("badreputation", "our address or domain has a bad reputation", "pause_campaign"),
        Reason("blocked", "our server is on a block list or refused as a client", "pause_campaign"),
        Reason("contenterror", "the message is malformed or its content refused", "pause_campaign"),
        Reason("delivered", "it arrived", "none"),
        Reason("exceedlimit", "larger than the recipient allows", "soft"),
        Reason("expired", "not delivered in time, the relay gave up or still tries", "soft"),
        Reason("feedback", "the recipient complained (reported it as spam)", "suppress"),
        Reason("filtered", "refused by the recipient's own filter or preferences", "soft"),
        Reason("hasmoved", "the recipient has left for good", "suppress"),
        Reason("hostunknown", "the domain does not exist", "suppress"),
        Reason("mailboxfull", "the mailbox is full", "soft"),
        Reason("mailererror", "a program on the recipient's side failed", "soft"),
        Reason("mesgtoobig", "larger than the server takes", "soft"),
        Reason("networkerror", "routing, DNS or connection trouble", "soft"),
        Reason("norelaying", "the server does not serve this domain", "soft"),
        Reason("notaccept", "the host takes no mail at all", "suppress"),
        Reason("notcompliantrfc", "the message breaks a format rule", "pause_campaign"),
        Reason("onhold", "a notice without any reason that could be read", "none"),
        Reason("policyviolation", "against a policy of the receiving side", "pause_campaign"),
        Reason("rejected", "the sender's address or domain is refused", "pause_campaign"),
        Reason("requireptr", "our server's reverse DNS is missing or wrong", "pause_campaign"),
        Reason("securityerror", "authentication or encryption is demanded", "soft"),
        Reason("spamdetected", "the content was taken for spam", "pause_campaign"),
        Reason("speeding", "too many messages in too short a time", "soft"),
        Reason("suspend", "the account is disabled or suspended", "soft"),
        Reason("syntaxerror", "the servers did not understand each other", "soft"),
        Reason("systemerror", "the receiving system is broken or misconfigured", "soft"),
        Reason("systemfull", "the receiving system is out of space", "soft"),
        Reason("toomanyconn", "too many connections or recipients at a time", "soft"),
        Reason("undefined", "a reason that fits none of the others", "none"),
        Reason("userunknown", "there is no such mailbox", "suppress"),
        Reason("vacation", "an automatic reply, not a bounce", "none"),
        Reason("virusdetected", "the content was taken for a virus", "pause_campaign"),
    )
}

HARD = frozenset({"userunknown", "hostunknown", "hasmoved", "notaccept"})

_RULES = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in words())

_BY_STATUS: dict[str, str] = {
    "1.0": "userunknown", "1.1": "userunknown", "1.2": "hostunknown", "1.3": "userunknown",
    "1.4": "userunknown", "1.6": "hasmoved", "1.7": "rejected", "1.8": "rejected",
    "1.10": "notaccept", "2.0": "filtered", "2.1": "suspend", "2.2": "mailboxfull",
    "2.3": "exceedlimit", "2.4": "filtered", "3.0": "systemerror", "3.1": "systemfull",
    "3.2": "notaccept", "3.3": "systemerror", "3.4": "mesgtoobig", "3.5": "systemerror",
    "4.0": "networkerror", "4.1": "expired", "4.2": "networkerror", "4.3": "systemerror",
    "4.4": "hostunknown", "4.5": "toomanyconn", "4.6": "networkerror", "4.7": "expired",
    "5.1": "syntaxerror", "5.2": "syntaxerror", "5.3": "toomanyconn", "5.4": "syntaxerror",
    "7.0": "securityerror", "7.1": "rejected", "7.2": "rejected", "7.4": "securityerror",
    "7.8": "securityerror", "7.9": "policyviolation", "7.20": "authfailure",
    "7.21": "authfailure", "7.22": "authfailure", "7.23": "authfailure", "7.24": "authfailure",
    "7.25": "requireptr", "7.26": "authfailure", "7.27": "notaccept", "7.509": "authfailure",
    "7.606": "blocked", "7.650": "badreputation",
}  # fmt: skip
_STATUS_FIRST = {
    # Codes that say more than the words beside them.
    "1.6", "2.2", "2.3", "3.4", "7.20", "7.21", "7.22", "7.23", "7.24", "7.25", "7.26",
    "7.509", "7.606", "7.650", "1.8",
}  # fmt: skip

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.:/\[-])([45]\d\d)(?=[ \-#]|$)")


def reason_of(text: str, status: str = "") -> str:
    """The reason named by ``text`` and the enhanced ``status`` (``5.1.1``); ``undefined`` when
    neither says anything. Both are of one recipient."""
    detail = status[2:]
    if detail in _STATUS_FIRST:
        return _BY_STATUS[detail]
    if detail.startswith("6.") and "compliant" not in text:
        return "contenterror"
    plain = _plain(text, status)
    for name, rule in _RULES:
        if rule.search(plain):
            return _settled(name, plain, status)
    if detail in _BY_STATUS:
        return _BY_STATUS[detail]
    return "undefined"


def is_hard(reason: str, status: str, action: str = "failed") -> bool:
    """Whether the address itself is gone. A delay never is; a temporary status only when the words
    were clear (``userunknown``)."""
    if action in ("delayed", "delivered", "relayed", "expanded") or reason not in HARD:
        return False
    return not status.startswith("4") or reason == "userunknown"


_NOISE = re.compile(
    r"5\.1\.0 - unknown address error|"  # a gateway's frame around every reason
    r"https?://\S+"  # documentation pages are named after reasons
    r"|(?<=recipient )address rejected: (?=\w)"  # Postfix's frame around the reason
    r"|i'm not going to try again; this message has been in the queue too long",
    re.IGNORECASE,
)
_AN_ADDRESS = re.compile(r"[^\s<>()\[\]:;,]{1,64}@[^\s<>()\[\]:;,]{1,255}")


def _plain(text: str, status: str) -> str:
    """``text`` on one line, without addresses (whose names mislead) and frames."""
    line = " ".join(text.split())
    if re.search(r"groups\.google\.com/support", line):
        return "may not have permission to post"  # said in fifty languages
    if re.search(r"access denied", line, re.IGNORECASE) and status == "5.4.1":
        return line  # a directory that does not know the recipient
    return _NOISE.sub(" ", _AN_ADDRESS.sub("@", line))


_CONFLICTING = {"2.0", "2.1", "7.1"}


def _settled(name: str, text: str, status: str) -> str:
    """Where the first rule that matched is not the whole truth."""
    temporary = status.startswith("4")
    if name == "hostunknown" and temporary:
        return "networkerror"  # a name server that fails today may answer tomorrow
    if name in ("userunknown", "hostunknown") and re.search("after MAIL FROM", text):
        return "rejected"  # it was the sender that did not please
    says_unknown = re.search(r"user unknown|unknown user", text, re.IGNORECASE)
    if name == "userunknown" and status[2:] in _CONFLICTING and says_unknown:
        return "filtered"  # words and code disagree: some carriers hide their filters so
    if name == "spamdetected" and re.search(r"blocked? list|dnsbl|blacklist", text, re.IGNORECASE):
        return "blocked"
    if name == "mesgtoobig" and status.endswith("2.3"):
        return "exceedlimit"
    return name
