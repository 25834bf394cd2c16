"""What leaves is correct by RFC 5322, reads back as it was meant, and can not be injected into."""

import email
import email.policy
import re
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.email import mime
from contactcenter.channels.email.compose import Letter, Unsubscribe, encode_text
from contactcenter.channels.email.parts import decode_transfer
from contactcenter.core.errors import Invalid

AT = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def letter(**changes: object) -> Letter:
    given: dict[str, object] = {
        "from_addr": "support@shop.example",
        "to": "anna@customer.example",
        "subject": "Your bill",
        "text": "Hello",
        "message_id": "0190-key@shop.example",
        "date": AT,
    }
    return Letter(**{**given, **changes})  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def well_formed(raw: bytes) -> None:
    """CRLF line ends only, no line over 998 octets, 7-bit throughout (RFC 5322 2.1.1, 2.3)."""
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert max(raw) < 128
    assert raw.endswith(b"\r\n")


def test_a_plain_letter() -> None:
    raw = letter(from_name="Support Desk", reply_to="support+abc@shop.example").to_bytes()
    well_formed(raw)
    message = read(raw)
    assert message["From"] == "Support Desk <support@shop.example>"
    assert message["To"] == "anna@customer.example"
    assert message["Reply-To"] == "support+abc@shop.example"
    assert message["Subject"] == "Your bill"
    assert message["Message-ID"] == "<0190-key@shop.example>"
    assert message["Date"].datetime == AT
    assert message["MIME-Version"] == "1.0"
    assert message.get_content_type() == "text/plain"
    assert body(message) == "Hello\n"
    assert "Auto-Submitted" not in message
    assert "List-Unsubscribe" not in message


def test_both_dresses_and_marketing_fields() -> None:
    raw = letter(
        subject="续约优惠：王小姐，您的合同即将到期，请查看我们为您准备的三个方案",
        from_name="客服中心",
        text="您好",
        html="<p>您好</p>",
        auto_submitted="auto-generated",
        list_unsubscribe=Unsubscribe("https://shop.example/u/k1", "bounce+k1@shop.example"),
        headers={"X-Campaign": "win-back"},
    ).to_bytes()
    well_formed(raw)
    message = read(raw)
    assert message["Subject"].startswith("续约优惠：王小姐")
    assert message["From"].addresses[0].display_name == "客服中心"
    assert message.get_content_type() == "multipart/alternative"
    assert body(message) == "您好\n"
    assert body(message, "html") == "<p>您好</p>\n"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Campaign"] == "win-back"
    unsubscribe = message["List-Unsubscribe"].replace("\r\n", "")
    assert unsubscribe == "<https://shop.example/u/k1>, <mailto:bounce+k1@shop.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_references_keep_the_root_and_the_latest() -> None:
    many = tuple(f"m{number}@x.example" for number in range(60))
    raw = letter(in_reply_to="last@x.example", references=many).to_bytes()
    well_formed(raw)
    message = read(raw)
    found = re.findall(r"<([^>]+)>", message["References"])
    assert len(found) == 20
    assert (found[0], found[-2], found[-1]) == ("m0@x.example", "m59@x.example", "last@x.example")
    assert message["In-Reply-To"] == "<last@x.example>"


def test_an_odd_identifier_does_not_stop_an_answer() -> None:
    raw = letter(in_reply_to="höhö@x.example", references=("a b@x", "good@x.example")).to_bytes()
    message = read(raw)
    assert message["References"] == "<good@x.example>"
    assert message["In-Reply-To"] is None


@pytest.mark.parametrize("evil", ["a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\x00b", "a\x0bb"])
@pytest.mark.parametrize(
    "field",
    ["subject", "from_name", "to_name", "from_addr", "to", "reply_to", "message_id", "in_reply_to",
     "references", "headers", "header_name", "https", "mailto", "auto_submitted"],
)  # fmt: skip
def test_header_injection_is_refused_everywhere(field: str, evil: str) -> None:
    values: dict[str, dict[str, object]] = {
        "from_addr": {"from_addr": f"{evil}@shop.example"},
        "to": {"to": f"{evil}@shop.example"},
        "reply_to": {"reply_to": f"{evil}@shop.example"},
        "message_id": {"message_id": f"{evil}@shop.example"},
        "references": {"references": (evil,)},
        "headers": {"headers": {"X-Note": evil}},
        "header_name": {"headers": {evil: "x"}},
        "https": {"list_unsubscribe": Unsubscribe(f"https://shop.example/{evil}")},
        "mailto": {"list_unsubscribe": Unsubscribe("https://shop.example/u", f"{evil}@x.example")},
    }
    with pytest.raises(Invalid) as caught:
        letter(**values.get(field, {field: evil})).to_bytes()
    assert caught.value.code in ("header_injection", "invalid_address", "invalid_header")
    assert caught.value.details["field"]


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"From": "eve@evil.example"}},
        {"headers": {"bcc": "eve@evil.example"}},
        {"headers": {"X Note": "x"}},
        {"headers": {"": "x"}},
        {"to": "no address"},
        {"to": "a@b.example, eve@evil.example"},
        {"message_id": "no-domain"},
        {"list_unsubscribe": Unsubscribe("http://shop.example/u")},
        {"list_unsubscribe": Unsubscribe("javascript:alert(1)")},
        {"list_unsubscribe": Unsubscribe("https://shop.example/u> , <https://evil.example")},
    ],
)
def test_what_was_not_meant_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        letter(**changes).to_bytes()


def test_the_demo_may_use_plain_http_on_this_machine() -> None:
    raw = letter(list_unsubscribe=Unsubscribe("http://127.0.0.1:8080/u/k1")).to_bytes()
    assert b"List-Unsubscribe: <http://127.0.0.1:8080/u/k1>\r\n" in raw


PRINTABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=300)


@given(subject=PRINTABLE, name=PRINTABLE)
def test_any_subject_and_name_read_back(subject: str, name: str) -> None:
    raw = letter(subject=subject, from_name=name, to_name=name).to_bytes()
    well_formed(raw)
    found = mime.parse(raw)
    assert " ".join(found.subject.split()) == " ".join(subject.split())
    assert found.from_ is not None
    assert found.from_.address == "support@shop.example"
    assert found.from_.name.split() == name.split()
    assert [box.address for box in found.to] == ["anna@customer.example"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000))
def test_any_text_survives_its_encoding(text: str) -> None:
    encoding, octets = encode_text(text)
    assert max(len(line) for line in octets.split(b"\r\n")) <= 78
    decoded = decode_transfer(octets, encoding.encode()).decode()
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    expected = expected if expected.endswith("\n") else expected + "\n"
    assert decoded.replace("\r\n", "\n") == expected


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello", "7bit"),
        ("a" * 77, "quoted-printable"),
        ("From here on", "quoted-printable"),
        ("trailing \nspace", "quoted-printable"),
        ("Café au lait, and a good deal of plain text", "quoted-printable"),
        ("您好，世界", "base64"),
    ],
)
def test_the_cheapest_safe_encoding_is_taken(text: str, encoding: str) -> None:
    found, octets = encode_text(text)
    assert found == encoding
    assert not octets.startswith(b"From ")


def test_a_boundary_is_in_no_part_and_the_same_each_time() -> None:
    first = letter(html="<p>x</p>").to_bytes()
    boundary = re.search(rb'boundary="([^"]+)"', first)
    assert boundary is not None
    quoting = letter(text="--" + boundary[1].decode(), html="<p>x</p>")
    again = re.search(rb'boundary="([^"]+)"', quoting.to_bytes())
    assert again is not None
    assert again[1] != boundary[1]
    assert first == letter(html="<p>x</p>").to_bytes()
    assert body(read(quoting.to_bytes())) == "--" + boundary[1].decode()


def test_composing_is_much_cheaper_than_the_standard_builder() -> None:
    """A ratio within one run, not a time: the design asks for prepared parts."""
    ours = letter(text="Guten Tag, schöne Grüße.\n" * 40, html="<p>Grüße</p>" * 40)

    def standard() -> bytes:
        message = EmailMessage()
        message["From"], message["To"] = ours.from_addr, ours.to
        message["Subject"] = ours.subject
        message["Message-ID"] = f"<{ours.message_id}>"
        message.set_content(ours.text)
        message.add_alternative(ours.html, subtype="html")
        return message.as_bytes()

    def cost(build: object) -> float:
        assert callable(build)
        build()
        best = 1e9
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(20):
                build()
            best = min(best, time.perf_counter() - start)
        return best

    assert cost(standard) > 5 * cost(ours.to_bytes)
