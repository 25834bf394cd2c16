"""Addresses: phone numbers as E.164, e-mail addresses in one comparable form, raw input kept.

Pure and offline: nothing is looked up in DNS or at a carrier. An address that passes here is well
formed, not proven to exist. Message texts and their encodings live in ``core.sms_text``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from contactcenter.core.errors import Invalid

# phonenumbers and email_validator are imported where they are used: a server is ready before it
# has read an address, and their tables are a tenth of its start

AddressKind = Literal["phone", "email"]
Channel = Literal["voice", "sms", "email"]

_LONGEST = 320
"""Longest input worth reading: 64 + 1 + 255 octets of an e-mail address (RFC 5321 4.5.3.1)."""

_ALLOWED_PHONE = "international form with + and country code, or a national number with a region"
_ALLOWED_EMAIL = "local-part@domain, local part in ASCII letters, digits and .!#$%&'*+/=?^_`{|}~-"

_INSIDE = frozenset({"local", "test"})
"""Final labels of intranets and trials: the library refuses them as not deliverable world-wide,
which is the relay's business to know, not ours."""


@dataclass(frozen=True, slots=True)
class Address:
    """One reachable point. ``value`` is what is stored, compared and sent to.

    ``value`` is E.164 for a phone and lower case with an ASCII (IDNA) domain for e-mail: local
    parts may be case sensitive by RFC 5321 2.4, but no mail system in use tells customers apart
    by case. ``region`` is the ISO 3166 country of a phone number where it is known, else "".
    """

    kind: AddressKind
    value: str
    raw: str
    region: str = ""


def parse_address(raw: str, region: str | None = None) -> Address:
    """``raw`` as an address; ``region`` (ISO 3166, ``"GB"``) reads numbers without country code.

    Raises ``Invalid`` saying what is wrong and what is allowed, without repeating the input.
    """
    text = raw.strip()
    if not text:
        raise _refused("the address is empty", f"{_ALLOWED_PHONE}; or {_ALLOWED_EMAIL}")
    if len(text) > _LONGEST:
        raise _refused("the address is too long", f"at most {_LONGEST} characters")
    scheme, _, rest = text.partition(":")
    if scheme.lower() in ("sip", "sips"):
        raise _refused("a SIP address is not an address of a customer", _ALLOWED_PHONE)
    if scheme.lower() == "mailto":
        text = rest
    if "@" in text:
        return _parse_email(text, raw)
    return _parse_phone(text, raw, region)


def warm() -> None:
    """Load now what reading the first address would; for a thread, once a server is ready."""
    parse_address("+442079460000")
    parse_address("nobody@example.com")


def channels_of(address: Address) -> tuple[Channel, ...]:
    """The channels that may reach ``address``; whether it takes texts only the carrier knows."""
    return ("email",) if address.kind == "email" else ("voice", "sms")


@lru_cache(maxsize=4096)
def region_of(e164: str) -> str:
    """The ISO 3166 country of an E.164 number, "" when it belongs to none (+800, +882)."""
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return ""
    found = phonenumbers.region_code_for_number(number)
    return found if found and found != "001" else ""


def display_phone(e164: str, region: str | None = None) -> str:
    """``e164`` as people of ``region`` write it: national inside it, international elsewhere."""
    import phonenumbers

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = region is not None and phonenumbers.region_code_for_number(number) == region.upper()
    form = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(number, form.NATIONAL if home else form.INTERNATIONAL))


def _parse_phone(text: str, raw: str, region: str | None) -> Address:
    import phonenumbers

    if region is not None and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise _refused(f"{region[:8]!r} is not a country", "a two-letter ISO 3166 code", "region")
    try:
        number = phonenumbers.parse(text, region.upper() if region else None)
    except phonenumbers.NumberParseException as error:
        no_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        what = "has no known country code" if no_country else "is not a phone number"
        raise _refused(f"the address {what}", _ALLOWED_PHONE) from None
    # By length only: carriers open number ranges faster than any table of them is shipped.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason not in (
        phonenumbers.ValidationResult.IS_POSSIBLE,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ):
        short = reason == phonenumbers.ValidationResult.TOO_SHORT
        raise _refused(f"the phone number is too {'short' if short else 'long'}", _ALLOWED_PHONE)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise _refused("the phone number lacks its area code", _ALLOWED_PHONE)
    value = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return Address("phone", value, raw, region_of(value))


def _parse_email(text: str, raw: str) -> Address:
    from email_validator import EmailNotValidError, validate_email

    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise _refused("the address holds a control character", _ALLOWED_EMAIL)
    start, _, last = text.strip().rpartition(".")
    inside = last.lower() in _INSIDE
    try:
        found = validate_email(
            f"{start}.example" if inside else text.strip(),
            check_deliverability=False,
            allow_smtputf8=False,
        )
    except EmailNotValidError as error:
        raise _refused(f"not an e-mail address: {error}", _ALLOWED_EMAIL) from None
    domain = str(found.ascii_domain)
    if inside:
        domain = domain.removesuffix("example") + last
    return Address("email", f"{found.ascii_local_part}@{domain}".lower(), raw)


def _refused(what: str, allowed: str, field: str = "address") -> Invalid:
    return Invalid(
        what, code="invalid_address", hint=f"allowed: {allowed}", details={"field": field}
    )
