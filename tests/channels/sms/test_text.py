"""Opt-out words and plain wishes, in every form people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.sms.text import STOP_WORDS, TextWish, folded, wish_of


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", "Stop.", " s t o p ", "STOP!!!", "“Stop”", "ＳＴＯＰ", "stop\n", "STOP 🙏",
        "s\u200btop", "STOPALL", "stop all", "Unsubscribe", "CANCEL", "end", "Quit", "REVOKE",
        "OPTOUT", "OPT OUT", "opt-out", "退订", "退訂", "拒收", "退 订。", "【退订】",
        "TD", "td", "ＴＤ", "T", "t.", "R", "ｒ",
    ],
)  # fmt: skip
def test_stop_words_in_all_forms(text: str) -> None:
    assert wish_of(text) == TextWish("stop", found=folded(text))


@pytest.mark.parametrize("text", ["START", "start!", "Yes", "UNSTOP", "订阅", "訂閱", "ｓｔａｒｔ"])
def test_start_words(text: str) -> None:
    found = wish_of(text)
    assert found is not None
    assert (found.kind, found.ask_back, found.review) == ("start", False, False)


@pytest.mark.parametrize("text", ["HELP", "help?", "Info", "帮助", "幫助！"])
def test_help_words(text: str) -> None:
    found = wish_of(text)
    assert found is not None
    assert found.kind == "help"


@pytest.mark.parametrize("text", ["T", "r", "Ｔ", "yes", "Yes!"])
def test_an_answer_to_an_open_menu_is_asked_back(text: str) -> None:
    found = wish_of(text, menu_open=True)
    assert found is not None
    assert found.ask_back


@pytest.mark.parametrize("text", ["STOP", "退订", "TD", "cancel"])
def test_a_clear_word_counts_even_with_a_menu_open(text: str) -> None:
    assert wish_of(text, menu_open=True) == TextWish("stop", found=folded(text))


@pytest.mark.parametrize(
    "text",
    [
        "please stop texting me",
        "Stop texting me!!",
        "STOP MESSAGING ME PLEASE",
        "stop sending me these offers",
        "stop sending these messages",
        "no more texts",
        "Please don't text me again",
        "don\u2019t message me",
        "do not contact me",
        "I don't want to receive your messages",
        "I do not want any more texts",
        "remove me from your list",
        "take me off this list",
        "take my number off",
        "unsubscribe me",
        "I want to unsubscribe",
        "Please stop",
        "stop please",
        "stop now thank you",
        "stop it",
        "leave me alone",
        "stop all marketing",
        "不要再发了",
        "别再发了",
        "别发了！",
        "请不要再给我发短信",
        "不要给我发广告",
        "請不要再傳了",
        "停止发送",
        "请勿打扰",
        "我不想再收到短信",
        "取消订阅",
        "我要退订",
        "帮我退订一下",
        "拒绝接收",
    ],
)
def test_plain_wishes_are_caught_and_flagged(text: str) -> None:
    found = wish_of(text)
    assert found is not None, text
    assert (found.kind, found.review, found.ask_back) == ("stop", True, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "1",
        "D",
        "Please stop my card, it was stolen",
        "stop the cheque 1044",
        "how do I cancel my order?",
        "when does the offer end",
        "don't stop texting me",
        "did you stop sending messages?",
        "my phone won't stop ringing",
        "Is this the end of it?",
        "yes please",
        "information please",
        "can you help me",
        "我要退货",
        "别发货了",
        "请不要发票",
        "订阅多少钱",
        "我想取消预约",
        "不要停止发送",
        "no",
        "No more than 5 items",
        "I can't stop thinking about your offers",
        "call me",
        "please send me the contract",
    ],
)
def test_ordinary_messages_pass(text: str) -> None:
    assert wish_of(text) is None


@given(
    st.sampled_from(sorted(STOP_WORDS)),
    st.lists(st.sampled_from(" .,!?-\u3000。！'\""), max_size=6),
)
def test_words_survive_spacing_and_punctuation(word: str, noise: list[str]) -> None:
    half = len(noise) // 2
    text = "".join(noise[:half]) + word.upper() + "".join(noise[half:])
    assert wish_of(text) == TextWish("stop", found=word)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    found = wish_of(text)
    assert found is None or found.kind in ("stop", "start", "help")
