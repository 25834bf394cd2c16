"""The new part of a reply, in the forms of the big mail programs."""

import pytest

from contactcenter.channels.email.reply_text import new_part

QUOTED = "> Dear Anna,\n> your bill is ready.\n"


@pytest.mark.parametrize(
    "heading",
    [
        "On Mon, Jan 5, 2026 at 9:00 AM Support <support@shop.example> wrote:",
        "On Mon, Jan 5, 2026 at 9:00 AM Support <support@shop.example>wrote:",
        "On Mon, Jan 5, 2026 at 9:00 AM Support Desk\n<support@shop.example> wrote:",
        "On 5 Jan 2026, at 09:00, Support Desk with a long name\n<support@shop.example>\nwrote:",
        "Am 05.01.2026 um 09:00 schrieb Support <support@shop.example>:",
        "Le lun. 5 janv. 2026 à 09:00, Support <support@shop.example> a écrit :",
        "El lun, 5 ene 2026 a las 9:00, Support (<support@shop.example>) escribió:",
        "在 2026年1月5日，09:00，客服 <support@shop.example> 写道：",
        "在 2026-01-05 09:00:00，\"客服\" <support@shop.example> 写道：",
        "客服 <support@shop.example> 于2026年1月5日周一 09:00写道：",
        "-----Original Message-----",
        "------------------ 原始邮件 ------------------",
        "---------- Forwarded message ---------",
        "From: Support <support@shop.example>\nSent: Monday, 5 Jan 2026\nTo: Anna\nSubject: Bill",
        "发件人: 客服 <support@shop.example>\n发送时间: 2026年1月5日 9:00\n收件人: 王\n主题: 账单",
        "________________________________",
    ],
)  # fmt: skip
@pytest.mark.parametrize("written", ["Thanks, that works.", "好的，谢谢。\n\n王"])
def test_the_quoted_letter_is_left_out(heading: str, written: str) -> None:
    plain = QUOTED.replace("> ", "") if "Sent" in heading or "发送" in heading else QUOTED
    assert new_part(f"{written}\n\n{heading}\n\n{plain}") == written


def test_quote_marks_alone_are_enough() -> None:
    assert new_part(f"Yes.\n\n{QUOTED}") == "Yes."


def test_an_answer_below_the_quote_is_kept() -> None:
    text = f"On Mon, Jan 5, 2026 Support wrote:\n{QUOTED}\nPlease call me."
    assert new_part(text) == "Please call me."


def test_answers_between_quoted_lines_are_kept() -> None:
    text = "Hello,\n\n> Is it red?\n\nYes, it is red.\n\n> Is it new?\n\nNo.\n"
    assert new_part(text) == "Hello,\n\nYes, it is red.\n\n\nNo."


def test_a_letter_without_quote_is_whole() -> None:
    text = "Hello,\n\nOn Monday I wrote to you about: the bill.\n\nFrom: the heart\n\nAnna"
    assert new_part(text) == text


@pytest.mark.parametrize("text", ["", "\n\n", QUOTED, "> only quoted"])
def test_nothing_new_shows_everything(text: str) -> None:
    assert new_part(text) == text.strip()


def test_a_long_letter_is_kept_whole() -> None:
    text = "word " * 30_000
    assert new_part(text).split() == text.split()


def test_chinese_desk_marks_of_a_library_language_do_not_eat_text() -> None:
    assert new_part("我的订单号是 20260105-1。\n请尽快处理，谢谢！\n\n发自我的iPhone").startswith(
        "我的订单号"
    )
