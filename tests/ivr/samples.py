"""A small menu all tests of this folder share, and ways to load a variation of it."""

from __future__ import annotations

from contactcenter.ivr.loader import load
from contactcenter.ivr.model import Menu, Turn, Typed

SMALL = """\
menu: small
version: 3
languages: [en, zh-CN]
start: hello
fallback: agents
variables:
  account: text
  bill.amount: money
  bill.due: date
  mood: {kind: text, fallback: calm}
nodes:
  hello:
    say: {en: "Hello{% if customer.name %} {{ customer.name }}{% endif %}.", zh-CN: 您好。}
    next: key_account
  key_account:
    branch:
      - when: {field: customer.tags, contains: key}
        next: agents
      - else: topic
  topic:
    collect: {en: "What is it about?", zh-CN: "请问什么事？"}
    choices:
      - {id: bill, key: 1, label: {en: bills, zh-CN: 账单},
         words: {en: [bill, invoice], zh-CN: [账单]}, next: number}
      - {id: fault, key: 2, label: {en: faults, zh-CN: 故障},
         words: {en: [fault], zh-CN: [故障]}, next: describe}
      - {id: chinese, key: 8, words: {en: [chinese], zh-CN: [中文]}, next: chinese}
      - {id: again, key: "*", next: topic}
    tries: 2
  chinese: {set_language: zh-CN, next: topic}
  number:
    collect: {en: "Your account number?", zh-CN: "您的账号？"}
    digits: {into: account, min: 6, max: 8}
    no_match: {en: "It has six to eight digits.", zh-CN: "账号为六至八位数字。"}
    next: fetch
    otherwise: agents
  fetch:
    look_up: bill
    with: [account]
    into: bill
    next: tell
    missing: not_found
  tell:
    hang_up:
      en: "You owe {{ bill.amount }} by {{ bill.due }}, {{ mood }}."
      zh-CN: "应付{{ bill.amount }}，截止{{ bill.due }}。"
    solved: true
  not_found:
    say: {en: "There is no such account.", zh-CN: "没有这个账号。"}
    next: number
  describe:
    collect: {en: "Tell us more.", zh-CN: "请描述。"}
    words: {into: mood, min: 2, max: 20}
    next: faults
  faults:
    enqueue: faults
    requires: {skill: faults, level: {at_least: 2}}
    priority: 5
    attributes: {topic: fault}
    announce: {en: "One moment.", zh-CN: 请稍候。}
  agents: {enqueue: agents}
"""

VOICE: dict[str, object] = {"channel": "voice"}
SMS: dict[str, object] = {"channel": "sms"}


def small() -> Menu:
    """The menu above."""
    return load(SMALL, "small.yaml")


def line_of(source: str, needle: str) -> int:
    """The line ``needle`` first stands on."""
    return source[: source.index(needle)].count("\n") + 1


def key(value: str) -> Typed:
    """Keys pressed."""
    return Typed(value, "digits")


def codes(turn: Turn) -> list[str]:
    """``node:code`` of every step recorded."""
    return [f"{e.data['node']}:{e.data['code']}" for e in turn.events if e.kind == "menu_step"]


def said(turn: Turn) -> list[str]:
    """Every text of the turn, prompts before a question and the question's own."""
    texts: list[str] = []
    for output in turn.outputs:
        texts += [output.text] if hasattr(output, "text") else []
        texts += [prompt.text for prompt in getattr(output, "prompts", ())]
    return texts
