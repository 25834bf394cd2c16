"""The words of the server-rendered pages."""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "language_name": "English",
        "languages": "Language",
        "sign_in": "Sign in",
        "sign_in_lead": "Phone, SMS and e-mail in one place.",
        "name": "Name",
        "password": "Password",
        "wrong_credentials": "Name or password is wrong.",
        "too_many_requests": "Too many attempts. Wait a minute, then try again.",
        "cross_site": "This form was sent from another site. Open the page again.",
        "malformed_request": "Fill in both fields.",
        "sign_out": "Sign out",
        "sign_out_lead": "Do you want to sign out?",
        "back": "Back to the desk",
        "unsubscribe": "Unsubscribe",
        "unsubscribe_lead": "We will send no more marketing messages to this address:",
        "unsubscribe_button": "Stop these messages",
        "unsubscribed": "Done",
        "unsubscribed_lead": "You will get no more marketing messages at this address:",
        "unsubscribed_note": (
            "Messages about your contracts and your own questions still reach you."
        ),
        "bad_link": "This link does not work",
        "bad_link_lead": (
            "It may be incomplete. Copy the whole link from the message, or reply to it with STOP."
        ),
        "not_built": "The desks are not built",
        "not_built_lead": "Run python3 dev.py build, then load this page again.",
    },
    "zh-CN": {
        "language_name": "简体中文",
        "languages": "语言",
        "sign_in": "登录",
        "sign_in_lead": "电话、短信与邮件，一处处理。",
        "name": "用户名",
        "password": "密码",
        "wrong_credentials": "用户名或密码不正确。",
        "too_many_requests": "尝试次数过多，请稍等一分钟后再试。",
        "cross_site": "此表单来自其他网站，请重新打开本页。",
        "malformed_request": "请填写用户名和密码。",
        "sign_out": "退出登录",
        "sign_out_lead": "确定要退出登录吗？",
        "back": "返回工作台",
        "unsubscribe": "退订",
        "unsubscribe_lead": "我们将不再向以下联系方式发送营销消息：",
        "unsubscribe_button": "停止接收",
        "unsubscribed": "已退订",
        "unsubscribed_lead": "以下联系方式将不再收到营销消息：",
        "unsubscribed_note": "与您的合同及您本人咨询有关的消息仍会照常送达。",
        "bad_link": "链接无效",
        "bad_link_lead": "链接可能不完整。请从消息中复制完整链接，或直接回复“退订”。",
        "not_built": "工作台页面尚未构建",
        "not_built_lead": "请运行 python3 dev.py build，然后刷新本页。",
    },
}
