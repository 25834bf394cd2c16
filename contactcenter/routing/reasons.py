"""The words of explanations, in English and Chinese: one text for each code."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "zh-CN")

Texts = Mapping[str, tuple[str, str]]

REASONS: Texts = {
    "free": ("free to take it", "空闲，可以接"),
    "not_in_queue": ("not in this queue", "不在此队列"),
    "not_signed_in": ("not signed in", "未登录"),
    "away": ("away", "离开"),
    "skill_missing": ("lacks a skill that is required", "缺少所需技能"),
    "level_too_low": ("has the skill, but not at the level required", "技能等级不符合要求"),
    "attribute_differs": ("an attribute is not as required", "属性不符合要求"),
    "at_capacity": ("has as much in hand as they may hold", "并发容量已满"),
    "on_call": ("on work that this may not interrupt", "正在处理不可打断的交互"),
    "ring_not_reached": ("asked only in a later ring", "尚未扩展到该坐席所在的圈"),
    "delay_over": ("asked only after a longer wait", "等待时间未到，暂不询问"),
    "held_for_preferred": ("held for a preferred agent", "为首选坐席保留"),
    "excluded": ("refused or missed it a short while ago", "刚刚拒绝或未应答"),
    "yielding": ("kept for other work", "为其他工作保留"),
    "asked_too": ("asked at the same time", "同时被询问"),
    "calling_another": ("another customer is being called for them", "正在为其回拨另一客户"),
    "lower_order": ("free, but lower in the order", "空闲，但排序靠后"),
}

WOKEN: Texts = {
    "enqueue": ("the interaction entered the queue", "交互进入队列"),
    "enqueue_other": ("another interaction moved to another queue", "另一交互转到其他队列"),
    "leave": ("another interaction left", "另一交互离开"),
    "ended": ("another exchange ended", "另一交互结束"),
    "accept": ("an offer was accepted", "预留被接受"),
    "reject": ("an offer was refused", "预留被拒绝"),
    "media_failed": ("an accepted call could not be connected", "已接受的通话未能接通"),
    "complete": ("an agent completed their work", "坐席完成了工作"),
    "set_state": ("an agent changed state", "坐席状态改变"),
    "sign_in": ("an agent signed in", "坐席登录"),
    "sign_out": ("an agent signed out", "坐席退出"),
    "lose_connection": ("an agent lost the connection", "坐席连接中断"),
    "change_queue": ("a queue's configuration changed", "队列配置改变"),
    "change_agent": ("an agent's configuration changed", "坐席配置改变"),
    "remove_queue": ("a queue was removed", "队列被删除"),
    "remove_agent": ("an agent was removed", "坐席被移除"),
    "tick": (
        "something came due: a delay, an exclusion or an offer ended",
        "时间到：延迟、排除或预留结束",
    ),
    "assign": ("an agent began work of their own", "坐席开始自己的工作"),
    "media_up": ("a call was connected", "通话已接通"),
    "pull": ("an agent took it out of turn", "坐席提前取走"),
    "extend_wrap_up": ("a wrap-up was extended", "话后处理被延长"),
    "close_queue": ("a queue was closed or opened", "队列被关闭或开放"),
    "ask_callback": ("a customer asked to be called back", "客户要求回拨"),
    "callback_answered": ("a customer called back answered", "回拨客户已接听"),
    "callback_failed": ("a customer called back was not reached", "回拨未能接通"),
    "settle": ("the router took the floor over", "分配器接管"),
}

KEYS: Texts = {
    "longest_idle": ("idle since", "空闲自"),
    "least_occupied": ("least occupied lately", "近期最空闲"),
    "round_robin": ("asked longest ago", "轮流"),
    "highest_level": ("the higher level", "等级最高"),
    "lowest_level": ("the lowest level that suffices", "够用的最低等级"),
    "most_capacity": ("most capacity left", "剩余容量最多"),
    "weighted": ("fewest offers for their weight", "按权重"),
    "preferred": ("a preferred agent", "首选坐席"),
    "age": ("the longer wait", "等待更久"),
    "priority": ("the higher priority", "优先级更高"),
    "queue_priority": ("the agent's priority for the queue", "坐席对该队列的优先级"),
    "score_minutes": ("minutes waited plus priority", "等待分钟数加优先级"),
    "entered_first": ("entered first", "最先进入"),
    "score": ("score", "分值"),
    "id": ("the lower id", "较小的编号"),
}

OUTCOMES: Texts = {
    "pending": ("the offer stands", "预留有效"),
    "accepted": ("accepted", "已接受"),
    "wrapping": ("accepted; now in wrap-up", "已接受，话后处理中"),
    "completed": ("accepted and completed", "已接受并完成"),
    "rejected": ("refused", "被拒绝"),
    "expired": ("not answered in time", "未及时应答"),
    "withdrawn": ("withdrawn", "已撤回"),
}

STATES: Texts = {
    "offline": ("offline", "离线"),
    "available": ("available", "可用"),
    "reserved": ("reserved", "邀约中"),
    "busy": ("busy", "忙碌"),
    "wrap_up": ("in wrap-up", "话后处理"),
    "away": ("away", "离开"),
}

CODES: Texts = {
    "no_answer": ("no answer", "未应答"),
    "no_media": ("call not connected", "通话未接通"),
    "signed_in": ("just signed in", "刚登录"),
    "connection_lost": ("connection lost", "连接中断"),
    "agent_away": ("agent away", "坐席离开"),
    "agent_offline": ("agent offline", "坐席离线"),
    "customer_left": ("customer left", "客户离开"),
    "another_won": ("another agent took it", "其他坐席已接"),
    "moved": ("moved to another queue", "转到其他队列"),
    "pulled": ("taken out of turn", "被提前取走"),
    "escalated": ("escalated", "已升级"),
    "callback": ("to be called back", "改为回拨"),
    "callback_failed": ("callback failed", "回拨失败"),
}
"""Why agents are away and offers withdrawn, as the floor itself says it."""

SENTENCES: Texts = {
    "decided": (
        "{at} {agent} got it (queue {queue}, rules {version}), because {woken}",
        "{at} 分配给 {agent}（队列 {queue}，规则版本 {version}），起因：{woken}",
    ),
    "earlier": ("{n} earlier decisions are left out", "省略了更早的 {n} 次分配"),
    "by_hand": (
        "{at} {agent} had it without a decision: taken or given by hand, or begun by the agent",
        "{at} {agent} 未经分配即处理：手动取走或指派，或由坐席发起",
    ),
    "by": ("{woken} ({by})", "{woken}（{by}）"),
    "looked_agent": (
        "It had waited {waited}; the best of the free agents by: {key}",
        "已等待 {waited}；按以下顺序选出最合适的空闲坐席：{key}",
    ),
    "looked_work": (
        "It had waited {waited}; the agent was free and took the first of {others} by: {key}",
        "已等待 {waited}；坐席空闲，在 {others} 个等待交互中按以下顺序取第一个：{key}",
    ),
    "tie": ("a tie, broken by {key}", "并列，由“{key}”决定"),
    "outcome": ("The offer: {outcome}", "预留结果：{outcome}"),
    "not_recorded": (
        "Recomputed, the decision is another than the recorded one: run a replay of that time",
        "重新计算的结果与记录不符：请重放该时段",
    ),
    "refused": ("{name}: {reason}", "{name}：{reason}"),
    "until": ("{reason}, until {until}", "{reason}，至 {until}"),
    "detail": ("{reason} ({detail})", "{reason}（{detail}）"),
    "asked_found": ("{asked}; it is {found}", "要求 {asked}，实际为 {found}"),
    "nobody": ("Nobody is a member of this queue", "该队列没有坐席"),
    "waits": (
        "It has waited {waited} in {queue} ({channel}), {ahead} ahead of it",
        "已在 {queue}（{channel}）等待 {waited}，前面有 {ahead} 个",
    ),
    "offered_now": ("It is being offered now", "正在预留给坐席"),
    "assigned_now": ("An agent has it now", "坐席正在处理"),
    "calling_now": ("The customer is being called back now", "正在回拨客户"),
    "later_now": ("It waits for the time of its callback", "等待约定的回拨时间"),
    "gone_now": ("It has left the floor", "已离开等待区"),
    "never": ("No agent was ever asked", "从未预留给坐席"),
    "count": ("{n} agents: {reason}", "{n} 名坐席：{reason}"),
    "is_in_state": ("{name} is {state} since {since}", "{name} 自 {since} 起状态为：{state}"),
    "has_in_hand": ("in hand: {load}", "手上的工作：{load}"),
    "nothing_waits": ("Nothing waits in their queues", "其所在队列没有等待的交互"),
    "waits_elsewhere": (
        "{n} wait in {queue}, which is not theirs",
        "{queue} 有 {n} 个等待，但坐席不在该队列",
    ),
    "withheld": (
        "{queue} ({channel}), waiting {waited}: {reason}",
        "{queue}（{channel}），已等待 {waited}：{reason}",
    ),
}


def text_of(texts: Texts, code: str, lang: str, **values: object) -> str:
    """The text of a code with its values; a code without one is said as it is."""
    found = texts.get(code)
    if found is None:
        return code.replace("_", " ")
    text = found[LANGUAGES.index(lang) if lang in LANGUAGES else 0]
    return text.format(**values) if values else text
