"""Pages without JavaScript: sign-in, sign-out, unsubscribe, the desks' files."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.permission import may_contact
from contactcenter.crm.tables import consent, customer
from contactcenter.handling import outbound, unsubscribe
from contactcenter.web.pages.render import negotiated
from contactcenter.web.pages.sign_in import HOMES, local_path
from contactcenter.web.pages.texts import TEXTS
from contactcenter.web.pages.unsubscribe import masked
from contactcenter.web.ports import Services
from tests.web import records
from tests.web.parts import API, PASSWORD, Client


async def submit(client: Client, **fields: str) -> Any:
    form = {"name": "agent", "password": PASSWORD, "next": ""} | fields
    return await client.post("/sign-in", data=form, allow_redirects=False)


async def test_the_sign_in_page_needs_no_script(client: Client) -> None:
    reply = await client.get("/sign-in", headers={"Accept-Language": "en"})
    text = await reply.text()
    assert reply.status == 200
    assert "<script" not in text
    assert "style=" not in text
    for name in ("sign-in-name", "sign-in-password", "sign-in-submit"):
        assert f'data-testid="{name}"' in text
    assert "script-src 'self'" in reply.headers["Content-Security-Policy"]
    assert (await client.get("/pages/pages.css")).content_type == "text/css"
    assert (await client.get("/pages/icon.svg")).status == 200
    assert (await client.get("/pages/render.py")).status == 404


@pytest.mark.parametrize("role", HOMES)
async def test_signing_in_leads_to_the_roles_desk(client: Client, role: str) -> None:
    reply = await submit(client, name=role)
    assert (reply.status, reply.headers["Location"]) == (303, HOMES[role])  # type: ignore[index]
    reply = await client.get("/", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (302, HOMES[role])  # type: ignore[index]
    reply = await client.get("/sign-in", allow_redirects=False)
    assert reply.status == 302


async def test_without_a_sign_in_the_start_is_the_sign_in_page(client: Client) -> None:
    reply = await client.get("/", allow_redirects=False)
    assert reply.headers["Location"] == "/sign-in"
    client.session.cookie_jar.update_cookies({"cc_session": "stale"}, client.make_url("/"))
    reply = await client.get("/", allow_redirects=False)
    assert reply.headers["Location"] == "/sign-in"


async def test_a_wrong_password_shows_the_form_again_with_the_name(client: Client) -> None:
    reply = await submit(client, name='<b>"x', password="wrong-password")
    text = await reply.text()
    assert reply.status == 401
    assert TEXTS["en"]["wrong_credentials"] in text
    assert "&lt;b&gt;&#34;x" in text
    assert "wrong-password" not in text
    assert (await submit(client, password="")).status == 400


async def test_the_form_is_refused_from_another_site(client: Client) -> None:
    form = {"name": "agent", "password": PASSWORD}
    reply = await client.post("/sign-in", data=form, headers={"Origin": "https://evil.example"})
    assert reply.status == 403
    assert "cc_session" not in reply.cookies


async def test_too_many_guesses_are_refused(client: Client) -> None:
    for _ in range(10):
        await submit(client, password="guess guess")
    reply = await submit(client)
    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) > 0


async def test_the_way_on_stays_on_this_server(client: Client) -> None:
    reply = await submit(client, next="/desk/agent?open=1")
    assert reply.headers["Location"] == "/desk/agent?open=1"
    client.session.cookie_jar.clear()
    reply = await submit(client, next="//evil.example/")
    assert reply.headers["Location"] == "/desk/agent"


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil", "/\\evil", "evil", "", "/a\nb", "/" + "x" * 600]
)
def test_a_path_elsewhere_is_dropped(path: str) -> None:
    assert local_path(path) == ""


async def test_the_page_speaks_chinese(client: Client) -> None:
    reply = await client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert TEXTS["zh-CN"]["password"] in await reply.text()
    assert reply.headers["Content-Language"] == "zh-CN"
    await client.get("/sign-in?lang=en")
    reply = await client.get("/sign-in", headers={"Accept-Language": "zh"})
    assert reply.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de,fr", "en"),
        ("zh-TW", "zh-CN"),
        ("en;q=0.5,zh;q=0.9", "zh-CN"),
        ("zh;q=0", "en"),
        ("zh;q=x,en", "en"),
        ("fr,zh,en", "zh-CN"),
    ],
)
def test_the_browsers_languages_are_weighed(header: str, language: str) -> None:
    assert negotiated(header) == language


def test_every_text_is_there_in_every_language() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh-CN"].keys()
    assert all(text.strip() for texts in TEXTS.values() for text in texts.values())


async def test_signing_out_needs_a_press(client: Client) -> None:
    await submit(client)
    assert "sign-out-submit" in await (await client.get("/sign-out")).text()
    assert (await client.get(f"{API}/session")).status == 200
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/sign-out", headers=headers)).status == 403
    reply = await client.post("/sign-out", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, "/sign-in")
    assert (await client.get(f"{API}/session")).status == 401


class TestDesks:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        built = tmp_path / "built"
        (built / "assets").mkdir(parents=True)
        (built / "index.html").write_text("<!doctype html><title>desk</title>")
        (built / "handset.html").write_text("<!doctype html><title>handset</title>")
        (built / "assets" / "main-1a2b.js").write_text("export {};")
        (tmp_path / "secret.txt").write_text("4711")
        return {"built": built, "handset": True}

    async def test_every_path_of_the_application_gives_its_page(self, client: Client) -> None:
        await submit(client)
        for path in ("/desk/agent", "/desk/floor/queues", "/desk/"):
            reply = await client.get(path)
            assert "<title>desk" in await reply.text()
            assert reply.headers["Cache-Control"] == "no-cache"

    async def test_a_stranger_is_sent_to_sign_in_and_back(self, client: Client) -> None:
        reply = await client.get("/desk/agent?open=1", allow_redirects=False)
        assert reply.headers["Location"] == "/sign-in?next=/desk/agent?open%3D1"

    async def test_assets_are_kept_for_ever(self, client: Client) -> None:
        reply = await client.get("/desk/assets/main-1a2b.js")
        assert "immutable" in reply.headers["Cache-Control"]
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert (await client.get("/desk/assets/gone.js")).status == 404

    @pytest.mark.parametrize(
        "path", ["..%2fsecret.txt", "%2e%2e/secret.txt", "assets/..%2f..%2fsecret.txt"]
    )
    async def test_nothing_outside_the_folder_is_served(self, client: Client, path: str) -> None:
        from yarl import URL

        url = URL(f"{client.make_url('/desk/')}{path}", encoded=True)
        reply = await client.session.get(url)
        assert "4711" not in await reply.text()

    async def test_the_handset_is_served(self, client: Client) -> None:
        assert "<title>handset" in await (await client.get("/handset")).text()


async def test_without_a_build_the_page_says_so(client: Client, tmp_path: Path) -> None:
    assert (await client.get("/handset")).status == 404


class TestNotBuilt:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, Any]:
        return {"built": tmp_path}

    async def test_says_what_to_run(self, client: Client) -> None:
        await submit(client)
        reply = await client.get("/desk/agent")
        assert reply.status == 503
        assert "dev.py build" in await reply.text()


class TestUnsubscribe:
    @pytest.fixture
    async def message(self, services: Services) -> UUID:
        of = await records.customer(services.db, records.MAIL)
        interaction = await records.interaction(services.db, of, channel="email")
        key = new_id()

        def work(tx: Tx) -> None:
            draft = outbound.Draft(
                key=key,
                interaction_id=interaction,
                customer_id=of,
                channel="email",
                provider="smtp",
                line="care@example.org",
                address=records.MAIL,
                purpose="marketing",
                actor="system",
                text="A new offer",
            )
            outbound.queue_message(tx, draft)

        await services.db.write(work)
        return key

    @pytest.fixture
    def path(self, services: Services, message: UUID) -> str:
        return unsubscribe.link(services.secrets, "http://x", message).removeprefix("http://x")

    async def test_a_get_changes_nothing(
        self, client: Client, services: Services, path: str
    ) -> None:
        text = await (await client.get(path)).text()
        assert "unsubscribe-submit" in text
        assert "l••••@example.org" in text
        assert records.MAIL not in text
        assert await services.db.read(lambda tx: tx.all(select(consent))) == []

    @pytest.mark.parametrize(
        ("form", "how"), [({"List-Unsubscribe": "One-Click"}, "one_click"), ({}, "page")]
    )
    async def test_a_post_ends_marketing_and_nothing_else(
        self, client: Client, services: Services, path: str, form: dict[str, str], how: str
    ) -> None:
        for _ in range(2):
            headers = {"Origin": "https://mail.example.net"}
            reply = await client.post(path, data=form, headers=headers, allow_redirects=False)
            assert reply.status == 200
            assert not reply.cookies

        def refused(tx: Tx, purpose: str) -> bool:
            to = {"channel": "email", "address": records.MAIL}
            return may_contact(tx, purpose=purpose, **to) is not None

        assert await services.db.read(lambda tx: refused(tx, "marketing"))
        assert not await services.db.read(lambda tx: refused(tx, "service"))
        assert (await services.db.read(lambda tx: tx.first(select(consent)))).source == how

    async def test_it_stands_in_the_log(
        self, client: Client, services: Services, path: str, message: UUID
    ) -> None:
        await client.post(path)

        def events(tx: Tx) -> list[log.Event]:
            to = unsubscribe.recipient(tx, services.secrets, path.rpartition("/")[2])
            return log.events_of(tx, to.interaction)

        last = (await services.db.read(events))[-1]
        assert (last.kind, last.actor) == ("opted_out", "customer")
        assert last.data == {"channel": "email", "scope": "marketing", "how": "page"}

    async def test_the_page_speaks_the_customers_language(
        self, client: Client, services: Services, path: str
    ) -> None:
        await services.db.write(
            lambda tx: tx.execute(customer.update().values(language="zh-Hans")).rowcount
        )
        assert TEXTS["zh-CN"]["unsubscribe_lead"] in await (await client.get(path)).text()

    @pytest.mark.parametrize("token", ["x", "AAAA" * 8, "%E4%B8%AD"])
    async def test_a_forged_link_does_nothing(self, client: Client, token: str) -> None:
        assert (await client.get(f"/unsubscribe/{token}")).status == 404
        assert (await client.post(f"/unsubscribe/{token}")).status == 404


@pytest.mark.parametrize(
    ("address", "shown"),
    [("li@example.org", "l••@example.org"), ("+447700900123", "+44•••••••123"), ("x", "x••x")],
)
def test_an_address_is_shown_in_part(address: str, shown: str) -> None:
    assert masked(address) == shown
