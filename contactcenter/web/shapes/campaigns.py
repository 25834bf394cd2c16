"""Segments, templates, campaigns, deliveries."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Reply, Request, ShortText
from contactcenter.web.shapes.queries import Page

CampaignState = Literal["draft", "scheduled", "running", "paused", "cancelled", "finished"]


class SegmentIn(Request):
    """A rule tree over customer fields (``core.rules`` form)."""

    name: ShortText
    rule: dict[str, Any]


class SegmentInfo(Reply):
    id: str
    name: str
    rule: dict[str, Any]
    version: int


class SegmentList(Reply):
    items: list[SegmentInfo]


class SegmentCheck(Request):
    rule: dict[str, Any]


class SegmentPreview(Reply):
    """How many customers the rule selects now, and some of them."""

    count: int
    sample: list[SampleCustomer]


class SampleCustomer(Reply):
    id: str
    name: str
    language: str
    attributes: dict[str, Any]


class FieldInfo(Reply):
    """A field a rule or a template may use."""

    name: str
    kind: Literal["text", "number", "bool", "date", "texts"]
    values: list[str] = []
    """The most frequent values, for the rule editor."""


class FieldList(Reply):
    items: list[FieldInfo]


class TemplateBodyIn(Request):
    language: str = Field(pattern="^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$")
    subject: str = Field(default="", max_length=2_000)
    text: str = Field(max_length=50_000)
    html: str = Field(default="", max_length=200_000)


class TemplateIn(Request):
    """A template with one body per language."""

    name: ShortText
    channel: Literal["sms", "email"]
    bodies: list[TemplateBodyIn]


class TemplateInfo(Reply):
    id: str
    name: str
    channel: str
    version: int
    bodies: list[TemplateBodyOut]
    variables: list[str]
    problems: list[TemplateProblem] = []


class TemplateList(Reply):
    items: list[TemplateInfo]


class TemplateLint(Reply):
    """What a check found in sources that are not saved, and the variables they use."""

    problems: list[TemplateProblem]
    variables: list[str]


class TemplateBodyOut(Reply):
    language: str
    subject: str
    text: str
    html: str


class TemplateProblem(Reply):
    """A lint finding; ``severity`` ``error`` blocks saving, ``warning`` does not."""

    language: str
    part: Literal["subject", "text", "html"]
    line: int
    column: int
    message: str
    severity: Literal["error", "warning"] = "error"


class CampaignChannel(Request):
    """``share``: the part of the audience reached this way; the shares add up to 1."""

    channel: Literal["sms", "email"]
    template: UUID
    line: ShortText
    share: float = Field(gt=0, le=1)


class CampaignIn(Request):
    name: ShortText
    segment: UUID
    channels: list[CampaignChannel] = Field(min_length=1, max_length=2)
    purpose: Literal["service", "transactional", "marketing", "survey", "collection"] = "marketing"
    holdout: float = Field(default=0.0, ge=0, lt=1)
    rate_per_min: int | None = Field(default=None, ge=1, le=1_000_000)
    """Pacing per campaign; absent = the line's own pace."""
    ignore_quiet_hours: bool = False
    """Only for purposes service and transactional."""


class CampaignChannelInfo(Reply):
    channel: str
    template: str
    line: str
    share: float


class CampaignInfo(Reply):
    id: str
    name: str
    state: CampaignState
    segment: str
    segment_name: str
    channels: list[CampaignChannelInfo]
    purpose: str
    holdout: float
    rate_per_min: int | None
    ignore_quiet_hours: bool
    starts_at: AwareDatetime | None
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    counts: dict[str, int]
    """Deliveries by outcome: queued, waiting_until, skipped, held_out, sent, delivered, bounced,
    failed, in_doubt ..."""
    total: int
    reasons: dict[str, int]
    """Skipped and waiting rows by reason."""
    rate_now_per_min: float | None
    time_left_s: float | None
    needs_answer: bool = False
    """Overdue at start-up: send, skip or cancel has to be chosen."""


class CampaignPage(Reply):
    items: list[CampaignInfo]
    next: str | None = None


class CampaignPlan(Reply):
    """What a launch would do now, counted before it."""

    audience: int
    by_channel: dict[str, int]
    skipped: dict[str, int]
    held_out: int
    by_language: dict[str, int]
    segments_per_sms: float | None
    cost: str | None
    problems: list[str]


class Preview(Reply):
    """A template rendered for a real customer."""

    customer: SampleCustomer
    channel: str
    language: str
    subject: str
    text: str
    html: str
    problems: list[TemplateProblem] = []


class PreviewList(Reply):
    items: list[Preview]


class Schedule(Request):
    """``at`` absent = now."""

    at: AwareDatetime | None = None


class CampaignAnswer(Request):
    """What to do with a start that came due while no server ran: ``send`` it now, ``skip`` it (the
    campaign is finished), or ``cancel`` the campaign."""

    answer: Literal["send", "skip", "cancel"]


class PreviewQuery(Request):
    """For one customer; absent = a few of the audience."""

    customer: UUID | None = None


class WhyQuery(Request):
    """A customer by id, external id, address or name."""

    customer: ShortText


class DeliveryQuery(Page):
    """Only deliveries with this outcome, and this reason; empty = any."""

    outcome: str = Field(default="", max_length=40)
    reason: str = Field(default="", max_length=80)


class TestSend(Request):
    to: ShortText
    channel: Literal["sms", "email"]
    customer: UUID
    """Whose values are filled in."""


class DeliveryInfo(Reply):
    id: str
    customer: str
    customer_name: str
    channel: str
    address: str
    outcome: str
    reason: str | None
    until: AwareDatetime | None
    message: str | None
    at: AwareDatetime


class DeliveryPage(Reply):
    items: list[DeliveryInfo]
    next: str | None = None


class Why(Reply):
    """Why a customer got what they got from a campaign, in words, with the rows behind it."""

    customer: SampleCustomer | None
    in_segment: bool
    deliveries: list[DeliveryInfo]
    sentence: str
    clause: str | None = None


SegmentPreview.model_rebuild()
TemplateInfo.model_rebuild()
TemplateLint.model_rebuild()
