"""Any octets are taken in, in bounded time; what real programs send is read as it was meant."""

import base64
import os
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.channels.email import mime
from contactcenter.channels.email.headers import Mailbox


def raw_mail(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def test_a_plain_letter() -> None:
    found = mime.parse(
        raw_mail(
            "From: Anna Berg <anna@customer.example>",
            "To: support@shop.example, \"Sales, Team\" <sales@shop.example>",
            "Cc: bob@customer.example",
            "Subject: My bill",
            "Date: Mon, 5 Jan 2026 10:30:00 +0100",
            "Message-ID: <m1@customer.example>",
            "In-Reply-To: <k0@shop.example>",
            "References: <a@x.example>",
            "\t<k0@shop.example>",
            "",
            "Hello,",
            "it is too high.",
            "",
        )
    )  # fmt: skip
    assert found.from_ == Mailbox("Anna Berg", "anna@customer.example")
    assert [box.address for box in found.to] == ["support@shop.example", "sales@shop.example"]
    assert found.to[1].name == "Sales, Team"
    assert found.cc == (Mailbox("", "bob@customer.example"),)
    assert found.subject == "My bill"
    assert found.sent_at == datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    assert found.message_id == "m1@customer.example"
    assert found.in_reply_to == ("k0@shop.example",)
    assert found.references == ("a@x.example", "k0@shop.example")
    assert found.text == "Hello,\nit is too high."
    assert found.new_text == found.text
    assert found.html == ""
    assert found.notes == ()


def multipart(kind: str, *parts: str, boundary: str = "b1") -> str:
    inside = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{inside}--{boundary}--\r\n'
    )


TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\n你好 plain"
HTML = (
    "Content-Type: text/html; charset=utf-8\r\n\r\n"
    "<p>你好 <b>rich</b><script>alert(1)</script><img src=http://x.example/pixel.gif>"
    "<img src='cid:logo@x'></p>"
)
PDF = (
    'Content-Type: application/pdf; name="bill.pdf"\r\nContent-Disposition: attachment; '
    'filename="bill.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ='
)
LOGO = (
    "Content-Type: image/png\r\nContent-ID: <logo@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode(b"png").decode()
)


def test_two_dresses_and_attachments() -> None:
    alternative = multipart("alternative", TEXT, HTML, boundary="b2")
    related = multipart("related", alternative, LOGO, boundary="b3")
    raw = ("From: a@x.example\r\n" + multipart("mixed", related, PDF)).encode()
    found = mime.parse(raw)
    assert found.text == "你好 plain"
    assert "<b>rich</b>" in found.html_sanitised
    assert "script" not in found.html_sanitised
    assert "pixel" not in found.html_sanitised
    assert "cid:logo@x" in found.html_sanitised
    assert "pixel" in found.html
    logo, bill = found.attachments
    assert (logo.content_id, logo.inline, logo.content(raw)) == ("logo@x", True, b"png")
    assert (bill.filename, bill.content_type, bill.size) == ("bill.pdf", "application/pdf", 8)
    assert bill.content(raw) == b"%PDF-1.4"
    assert found.language == "zh"


def test_html_alone_becomes_text_and_its_quote_is_told_apart() -> None:
    html = (
        "<div>Thanks, that works.</div><div>Anna</div><br><div>On Mon, Jan 5, 2026 Support "
        "&lt;s@shop.example&gt; wrote:<br></div><blockquote><div>Old words</div></blockquote>"
    )
    found = mime.parse(f"From: a@x.example\r\nContent-Type: text/html\r\n\r\n{html}".encode())
    assert found.text.startswith("Thanks, that works.\nAnna")
    assert "> Old words" in found.text
    assert found.new_text == "Thanks, that works.\nAnna"


def test_plain_letter_followed_by_html_letter_shows_both() -> None:
    found = mime.parse(multipart("mixed", TEXT, HTML).encode())
    assert "plain" in found.text
    assert "rich" in found.text
    assert "<pre>你好 plain</pre>" in found.html_sanitised


@pytest.mark.parametrize(
    ("field", "subject"),
    [
        (b"=?utf-8?B?5L2g5aW9?=", "你好"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?GBK?Q?=C4=E3=BA=C3?= and more", "你好 and more"),
        (b"=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
        (b"=?utf-8?B?5L2g?= =?utf-8?B?5aW9?=", "你好"),
        # A character cut in two between words, against the rules, and common.
        (b"=?utf-8?B?5L2g5Q==?=\r\n =?utf-8?B?pb0=?=", "你好"),
        (b"=?utf-8?B?5L2g5aW9", "=?utf-8?B?5L2g5aW9"),
        (b"=?no-such?Q?abc?=", "abc"),
        (b"=?utf-8?B?!!!?=", ""),
        ("你好".encode(), "你好"),
        ("你好".encode("gbk"), "你好"),
        ("café".encode("latin-1"), "café"),
        (b"folded\r\n\t over lines", "folded over lines"),
        (b"a\x00b", "a\ufffdb"),
        (b"=?utf-8?Q?two=0D=0ABcc:_x?=", "two Bcc: x"),
        (b"=?utf-7?Q?+2AA-?=", "?"),
    ],
)
def test_subjects_in_all_dresses(field: bytes, subject: str) -> None:
    assert mime.parse(b"Subject: " + field + b"\r\n\r\nx").subject == subject


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"anna@x.example", [("", "anna@x.example")]),
        (b"<anna@x.example>", [("", "anna@x.example")]),
        (b"anna@x.example (Anna)", [("Anna", "anna@x.example")]),
        (b'"Berg, Anna" <anna@x.example>', [("Berg, Anna", "anna@x.example")]),
        (b'"boss@corp.example" <eve@evil.example>', [("boss@corp.example", "eve@evil.example")]),
        (b"=?utf-8?B?546L?= <wang@x.example>", [("王", "wang@x.example")]),
        (b"=?utf-8?Q?a=2C_b?= <c@x.example>", [("a, b", "c@x.example")]),
        (b"a@x.example; b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
        (b"Team: a@x.example, b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
        (b"Undisclosed recipients:;", []),
        (b"", []),
        (b"no address", []),
        (b'"unclosed <a@x.example>', [("unclosed", "a@x.example")]),
        (b'"a\\"b" <c@x.example>', [('a"b', "c@x.example")]),
    ],
)
def test_address_fields(field: bytes, expected: list[tuple[str, str]]) -> None:
    found = mime.parse(b"To: " + field + b"\r\n\r\nx").to
    assert [(box.name, box.address) for box in found] == expected


@pytest.mark.parametrize(
    ("charset", "octets", "text", "noted"),
    [
        ("utf-8", "你好".encode(), "你好", False),
        ("gb2312", "镕基".encode("gb18030"), "镕基", False),
        ("big5", "你好".encode("big5"), "你好", False),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本", False),
        ("iso-8859-1", b"\x93quoted\x94", "“quoted”", False),
        ("us-ascii", "你好".encode(), "你好", False),
        ("utf-8", "你好".encode("gbk"), "你好", True),
        ("no-such-charset", b"abc", "abc", True),
        ("punycode", b"abc-" + b"9" * 50, "abc-" + "9" * 50, False),
        ("unicode_escape", rb"\x41", r"\x41", False),
        ("zlib", b"abc", "abc", True),
        ("x-unknown", b"\xff\xfe", "ÿþ", True),
        ('"utf-8"', b"a\x00b", "a\ufffdb", False),
    ],
)
def test_charsets(charset: str, octets: bytes, text: str, noted: bool) -> None:
    head = f"From: a@x.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    found = mime.parse(head.encode() + octets)
    assert found.text == text
    assert bool(found.notes) == noted


@pytest.mark.parametrize(
    ("encoding", "octets", "text"),
    [
        ("base64", b"SGVsbG8=", "Hello"),
        ("BASE64", b"SGVs\r\nbG8", "Hello"),
        ("base64", b"SGVs!bG8=garbage?", "Hello"),
        ("base64", b"S", ""),
        ("quoted-printable", b"caf=C3=A9 =\r\nau lait", "café au lait"),
        ("quoted-printable", b"100=% sure =ZZ", "100=% sure =ZZ"),
        ("x-uuencode", b"begin 644 a.txt\n%2&5L;&\\\n`\nend\n", "Hello"),
        ("x-uuencode", b"no begin", "no begin"),
        ("no-such", b"as it is", "as it is"),
    ],
)
def test_transfer_encodings(encoding: str, octets: bytes, text: str) -> None:
    head = f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    found = mime.parse(head.encode() + octets).text
    assert found.startswith(text) if "garbage" in repr(octets) else found == text


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('attachment; filename="bill.pdf"', "bill.pdf"),
        ("attachment; filename=bill.pdf", "bill.pdf"),
        ("attachment; filename*=UTF-8''%E8%B4%A6%E5%8D%95.pdf", "账单.pdf"),
        ("attachment; filename*0*=UTF-8''%E8%B4%A6; filename*1*=%E5%8D%95.pdf", "账单.pdf"),
        ("attachment; filename*0=bill; filename*1=.pdf", "bill.pdf"),
        ('attachment; filename="=?utf-8?B?6LSm5Y2V?=.pdf"', "账单.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\bill.pdf"', "bill.pdf"),
        ('attachment; filename="..."', "part"),
        ("attachment", "part"),
        (f'attachment; filename="{"x" * 300}.pdf"', "x" * 146 + ".pdf"),
    ],
)
def test_file_names(field: str, name: str) -> None:
    part = f"Content-Type: application/pdf\r\nContent-Disposition: {field}\r\n\r\nx"
    found = mime.parse(multipart("mixed", part).encode())
    assert [a.filename for a in found.attachments] == [name]


def test_a_forwarded_mail_is_an_attachment_not_the_letter() -> None:
    inner = "Content-Type: message/rfc822\r\n\r\nFrom: x@x.example\r\nSubject: in\r\n\r\ninner text"
    raw = ("Subject: out\r\n" + multipart("mixed", TEXT, inner)).encode()
    found = mime.parse(raw)
    assert (found.subject, found.text) == ("out", "你好 plain")
    assert found.attachments[0].filename == "message.eml"
    assert b"inner text" in found.attachments[0].content(raw)


@pytest.mark.parametrize(
    ("raw", "text", "note"),
    [
        (b"", "", "no sender"),
        (b"\r\n", "", "no sender"),
        (b"just words, no header", "just words, no header", "without a blank line"),
        (b"From: a@x.example\r\nno colon here\r\nmore", "no colon here\nmore", "blank line"),
        (b"From: a@x.example\nSubject: x\n\nunix", "unix", None),
        (b"From: a@x.example\rSubject: x\r\rold mac", "old mac", None),
        (b"Content-Type: multipart/mixed\r\n\r\nwords", "words", "without a boundary"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nwords", "words", "without any part"),
        (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nwords",
            "words",
            "not closed",
        ),
        (b"Content-Type: nonsense\r\n\r\nwords", "words", None),
    ],
)
def test_broken_messages_are_shown_with_a_note(raw: bytes, text: str, note: str | None) -> None:
    found = mime.parse(raw)
    assert found.text == text
    assert note is None or any(note in one for one in found.notes), found.notes


def test_the_envelope_sender_stands_in_for_a_missing_one() -> None:
    found = mime.parse(b"Subject: x\r\n\r\nx", mail_from="anna@customer.example")
    assert found.from_ == Mailbox("", "anna@customer.example")
    assert any("no sender" in note for note in found.notes)


FRAGMENTS = [
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"--b\r\n", b"--b--\r\n", b"\r\n", b"\n",
    b"Content-Type: text/html\r\n\r\n<p>x", b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Type: message/rfc822\r\n\r\n", b"From: =?utf-8?B?", b"?=", b"\"<a@b", b">", b"=",
    b"charset=utf-7", b"+2AA-", b"Subject: ", b"\x00", b"\xff", b"&#55296;", b"<blockquote>",
    b"Content-Disposition: attachment; filename*0*=x''%", b"Date: Mon, 99 Jan 99999 99:99\r\n",
    b"On Mon wrote:\n> ", b"begin 644 x\n", b"Message-ID: <", b"Content-Type: multipart/report\r\n",
]  # fmt: skip


def check_storable(found: mime.InboundMail) -> None:
    for text in (found.text, found.new_text, found.subject, found.html_sanitised, found.html):
        text.encode("utf-8")
        assert "\x00" not in text
    assert "\n" not in found.subject


@given(st.binary(max_size=2000))
def test_any_octets_are_read(raw: bytes) -> None:
    check_storable(mime.parse(raw))


@settings(max_examples=300)
@given(st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=20)), max_size=40))
def test_any_heap_of_fragments_is_read(pieces: list[bytes]) -> None:
    raw = b"".join(pieces)
    found = mime.parse(raw)
    check_storable(found)
    for attachment in found.attachments:
        assert len(attachment.content(raw)) == attachment.size


MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
WEB = b"Content-Type: text/html\r\n\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(os.urandom(4_000_000), id="noise"),
        pytest.param(MIXED + b"--b\r\n\r\nx\r\n" * 400_000, id="parts"),
        pytest.param(MIXED + b"--bx\r\n" * 700_000, id="near-boundaries"),
        pytest.param((MIXED + b"--b\r\n") * 20_000, id="nesting-same"),
        pytest.param(
            b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
                for i in range(5_000)
            ),
            id="nesting",
        ),
        pytest.param(b"Content-Type: message/rfc822\r\n\r\n" * 30_000, id="enclosing"),
        pytest.param(WEB + b"<div>" * 200_000, id="html-deep"),
        pytest.param(WEB + b"<dd><li>" * 40_000, id="html-lists"),
        pytest.param(WEB + b"&" * 1_000_000, id="html-ampersands"),
        pytest.param(WEB + b"<" * 1_000_000, id="html-brackets"),
        pytest.param(b"\r\n" + b"\n" * 1_000_000, id="blank-lines"),
        pytest.param(b"\r\n" + b"\n" * 3_900, id="blank-lines-for-the-library"),
        pytest.param(b"\r\n" + b"On 1, 2 " * 100_000, id="attributions"),
        pytest.param(b"\r\n" + b"a\n> b\n" * 100_000, id="quotes"),
        pytest.param(b"To: " + b'"a<,;(:' * 100_000 + b"\r\n\r\nx", id="addresses"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\r\n\r\nx", id="words"),
        pytest.param(b"X: " + b"y\r\n " * 500_000 + b"\r\n\r\nx", id="folds"),
        pytest.param(b"X: y\r\n" * 300_000 + b"\r\nx", id="fields"),
    ],
)
def test_hostile_messages_take_bounded_time(raw: bytes) -> None:
    """The bound is loose on purpose: what it catches costs minutes."""
    start = time.perf_counter()
    check_storable(mime.parse(raw))
    assert time.perf_counter() - start < 10


def test_a_large_attachment_is_read_quickly() -> None:
    content = os.urandom(18 * 1024 * 1024)
    head = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw = head + base64.encodebytes(content)
    found = mime.parse(raw)
    assert [a.size for a in found.attachments] == [len(content)]
    assert found.attachments[0].content(raw) == content
