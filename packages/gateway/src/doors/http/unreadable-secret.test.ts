import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import { sql } from "kysely"
import { connect } from "../../store/postgres/connection.ts"
import { ADMIN_KEY, aMessage, request } from "./testing/start-gateway.ts"
import type { RequestOptions } from "./testing/start-gateway.ts"
import { startOn, STORES } from "./testing/start-several.ts"

for (const store of STORES) {
  test(`${store}: an app whose stored secret is damaged is listed, keeps no other from sending, and sends again once its secret is given anew`, async () => {
    await using several = await startOn(store)
    const patch = (body: object) => several.request(0, "/v1/apps/alerts", { method: "PATCH", body })
    const post = async (app: string): Promise<string> => {
      const body = aMessage({ app, to: { users: ["lisi"] } })
      const { status, json, text } = await several.request(0, "/v1/messages", { body })
      assert.equal(status, 202, text)
      return json.id
    }
    const hr = { name: "hr", corp_id: several.simulator.org.corp_id, agent_id: 1_000_003, secret: "sim-secret-hr" }
    assert.equal((await several.request(0, "/v1/apps", { body: hr })).status, 201)
    await damage(several.url)
    // This change makes the gateways read the app again.
    const changed = await patch({ settings: { member_per_minute: 29 } })
    assert.deepEqual([changed.status, changed.json.has_callback], [200, false], changed.text)

    const waiting = await post("alerts")
    await several.until(0, await post("hr"), "sent")
    while (!several.logLines.some((line) => line.includes("could not read the stored secret"))) await sleep(20)
    const { json } = await several.request(0, "/v1/apps")
    assert.deepEqual(json.items.map(({ name }: { name: string }) => name).toSorted(), ["alerts", "hr"])
    assert.equal((await several.request(0, `/v1/messages/${waiting}`)).json.state, "queued")

    const refused = await patch({ callback_token: "token", encoding_aes_key: "a".repeat(43) })
    assert.deepEqual([refused.status, refused.json.errors[0].path], [422, "/secret"], refused.text)
    assert.match(refused.json.detail, /damaged; give \/secret with this change/)
    assert.equal((await patch({ secret: "sim-secret-alerts" })).status, 200)
    await several.until(0, waiting, "sent")
  })
}

for (const store of STORES) {
  test(`${store}: a smart robot whose stored secret is damaged needs bot_id and secret, of which neither is known`, async () => {
    await using several = await startOn(store)
    const bot = { bot_id: "sim-bot", secret: "sim-bot-secret" }
    const made = await several.request(0, "/v1/apps", { body: { name: "bot", kind: "bot", ...bot } })
    assert.equal(made.status, 201, made.text)
    await damage(several.url, "bot")
    const patch = (body: object) => several.request(0, "/v1/apps/bot", { method: "PATCH", body })
    for (const [given, missing] of [
      [{ secret: bot.secret }, "/bot_id"],
      [{ bot_id: bot.bot_id }, "/secret"],
    ] as const) {
      const { status, json, text } = await patch(given)
      assert.deepEqual([status, json.errors.map(({ path }: { path: string }) => path)], [422, [missing]], text)
    }
    assert.equal((await patch(bot)).status, 200)
    const body = aMessage({
      app: "bot",
      to: { users: ["zhangsan"] },
      msgtype: "markdown",
      markdown: { content: "**hi**" },
    })
    delete body["text"]
    const sent = await several.request(0, "/v1/messages", { body })
    assert.equal(sent.status, 202, sent.text)
    await several.until(0, sent.json.id, "sent")
  })
}

for (const store of STORES) {
  test(`${store}: while an app waits for its secret to be given anew, its messages, its requests and the app say so on every gateway`, async () => {
    await using several = await startOn(store)
    const { corp_id: corp } = several.simulator.org
    const hr = { name: "hr", corp_id: corp, agent_id: 1_000_003, secret: "sim-secret-hr" }
    assert.equal((await several.request(0, "/v1/apps", { body: hr })).status, 201)
    const { id: card } = (await several.request(0, "/v1/messages", { body: aCard("hr") })).json
    await several.until(0, card, "sent")
    await damage(several.url, "hr")
    const before = [...several.gateways]
    for (const gateway of before) await gateway[Symbol.asyncDispose]()
    // They notice it when they start, before any message is sent by the app.
    const others: string[] = []
    for (const _ of before) others.push((await several.start()).url)
    const [url = ""] = others
    const ask = (path: string, init?: RequestOptions) => request(url + path, init)
    while ((await ask("/v1/apps/hr")).json.pause === null) await sleep(20)
    const body = aMessage({ app: "hr", to: { users: ["lisi"] } })
    const { id } = (await ask("/v1/messages", { body })).json

    for (const other of others) {
      // A change of settings alone does not help.
      const given = { method: "PATCH", body: { settings: { member_per_minute: 29 } } }
      assert.equal((await request(`${other}/v1/apps/hr`, given)).status, 200)
      await tellsWhy(other, id)
    }
    for (const [path, init] of [
      ["/v1/lookup", { body: { app: "hr", mobile: "13800000001" } }],
      ["/v1/apps/hr/departments", {}],
      ["/v1/chats", { body: { app: "hr", members: { users: ["zhangsan", "lisi"] } } }],
      ["/v1/chats/team?app=hr", {}],
    ] as const) {
      const { status, json } = await ask(path, init)
      assert.deepEqual([status, json.code, json.detail], [503, "wecom_failed", UNREADABLE_SECRET], path)
    }
    const { json: changed } = await ask(`/v1/messages/${card}/card`, { body: { button: { replace_name: "done" } } })
    const [asked] = changed.calls
    assert.deepEqual([asked.result, asked.errcode, asked.errmsg], ["unreachable", null, UNREADABLE_SECRET])
    const { text: metrics } = await ask("/metrics")
    assert.match(metrics, /wecom_push_app_paused\{database="[^"]+",app="hr"\} 1/)
    assert.match(metrics, /wecom_push_app_paused\{database="[^"]+",app="alerts"\} 0/)
    const login = await ask(`/cgi-bin/gettoken?corpid=${corp}&corpsecret=${ADMIN_KEY}`, { key: null })
    const path = `/cgi-bin/message/send?access_token=${login.json.access_token}`
    const old = { touser: "lisi", agentid: 1_000_003, msgtype: "text", text: { content: "hello" } }
    const refused = await ask(path, { key: null, body: old })
    assert.equal(refused.json.errcode, -1, refused.text)
    assert.match(refused.json.errmsg, /must be set again; nothing was accepted/)

    const mended = await ask("/v1/apps/hr", { method: "PATCH", body: { secret: "sim-secret-hr" } })
    assert.deepEqual([mended.status, mended.json.pause], [200, null], mended.text)
    for (const other of others) {
      // Much longer than it takes, but less than until the next check of a message whose app had no secret.
      for (let looks = 0; (await request(`${other}/v1/messages/${id}`)).json.state !== "sent"; looks++) {
        assert.ok(looks < 1000, "it waits for the next look")
        await sleep(20)
      }
      assert.equal((await request(`${other}/v1/apps/hr`)).json.pause, null)
    }
    assert.equal((await ask(path, { key: null, body: old })).json.errcode, 0)
  })
}

for (const store of STORES) {
  test(`${store}: a source whose signing secret is damaged takes nothing in, says so, and works once it is given anew`, async () => {
    await using several = await startOn(store)
    const signing = { signing_secret: "a signing secret of ours" }
    const body = { name: "git", adapter: "gitlab", app: "alerts", to: { users: ["zhangsan"] }, ...signing }
    const { id, token } = (await several.request(0, "/v1/sources", { body })).json
    const push = (url: string) =>
      request(`${url}/in/gitlab?token=${token}`, {
        key: null,
        headers: { "x-gitlab-token": signing.signing_secret, "x-gitlab-event": "Push Hook" },
        body: {
          object_kind: "push",
          ref: "refs/heads/main",
          user_name: "lisi",
          project: { path_with_namespace: "a/b" },
        },
      })
    const [first] = several.gateways
    assert.ok(first)
    assert.equal((await push(first.url)).status, 200)
    await change(several.url, "update sources set signing_secret = 'damaged'")
    await first[Symbol.asyncDispose]()
    // A working gateway keeps the secret that it has read.
    const { url } = await several.start()
    const refused = await push(url)
    assert.equal(refused.status, 503, refused.text)
    assert.match(refused.text, new RegExp(`Nothing was accepted: .*signing secret.*PATCH /v1/sources/${id}`))
    assert.equal(refused.headers.get("retry-after"), "60")
    assert.equal((await request(`${url}/v1/sources/${id}`, { method: "PATCH", body: signing })).status, 200)
    assert.equal((await push(url)).status, 200)
  })
}

function aCard(app: string): Record<string, unknown> {
  const button_list = [{ text: "yes", key: "yes" }]
  const template_card = { card_type: "button_interaction", main_title: { title: "?" }, task_id: "1", button_list }
  const body = aMessage({ app, to: { users: ["lisi"] }, msgtype: "template_card", template_card })
  delete body["text"]
  return body
}

/** Checks that the sender is shown why nothing goes out, and the operator what to do. */
async function tellsWhy(url: string, id: string): Promise<void> {
  const ask = async (path: string) => (await request(url + path)).json
  while ((await ask("/v1/apps/hr")).pause === null) await sleep(20)
  const { pause } = await ask("/v1/apps/hr")
  assert.deepEqual([pause.errcode, pause.errmsg], [0, UNREADABLE_SECRET])
  assert.ok(Date.parse(pause.next_probe_at) > Date.parse(pause.since))
  const message = await ask(`/v1/messages/${id}`)
  assert.equal(message.state, "queued")
  assert.deepEqual([message.problem.code, message.problem.errmsg], ["app_paused", UNREADABLE_SECRET])
  assert.equal(message.delay.reason, "app_paused")
  const [waiting] = (await ask(`/v1/messages/${id}/recipients`)).items
  assert.deepEqual([waiting.state, waiting.reason], ["pending", "app_paused"])
  const { apps } = await ask("/v1/status")
  assert.deepEqual(
    apps.map((app: { name: string; pause: { errmsg: string } | null }) => [app.name, app.pause?.errmsg ?? null]),
    [
      ["alerts", null],
      ["hr", UNREADABLE_SECRET],
    ],
  )
}

function damage(url: string, app = "alerts"): Promise<void> {
  return change(url, `update apps set secrets = 'damaged' where name = '${app}'`)
}

async function change(url: string, statement: string): Promise<void> {
  if (url.startsWith("sqlite:")) {
    using database = new DatabaseSync(url.slice("sqlite:".length))
    database.exec(`pragma busy_timeout = 5000; ${statement}`)
    return
  }
  const database = connect({ url, maxConnections: 1, onLost: () => {} })
  await sql.raw(statement.replace("update ", "update wecom_push.")).execute(database)
  await database.destroy()
}
