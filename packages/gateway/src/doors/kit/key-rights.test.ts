import assert from "node:assert/strict"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { ADAPTER_NAMES } from "../../model/adapter-names.ts"
import { SCOPES } from "../../model/ports/keys.ts"
import type { Scope } from "../../model/ports/keys.ts"
import type { App } from "./app.ts"
import { GIF, PNG, postFile } from "../http/testing/media-form.ts"
import { aMessage, request, startTestGateway } from "../http/testing/start-gateway.ts"
import type { RequestOptions, TestAnswer, TestGateway } from "../http/testing/start-gateway.ts"

/** One of the routes the server has, as it was registered. */
interface Route {
  readonly method: string
  readonly url: string
  readonly scopes: readonly Scope[] | undefined
}

/** Two apps of two corps, a message of each, and a key with every right for one of them. */
interface World {
  readonly gateway: TestGateway
  readonly routes: readonly Route[]
  /** A key with all scopes, for app `hr`. */
  readonly holder: { readonly id: string; readonly key: string }
  /** A key of `alerts`, and one of all apps. */
  readonly foreignKeyIds: readonly string[]
  readonly own: string
  readonly foreign: string
  readonly foreignMedium: string
  ask(path: string, init?: RequestOptions): Promise<TestAnswer>
}

const ALERTS_CORP = "ww0000000000000001"
const HR_CORP = "ww0000000000000002"
const NO_MESSAGE = "msg_01890000-0000-7000-8000-000000000000"

const world = shared(startWorld)

/** Names, ids and corps of others, which must not be seen. */
const foreignWords = (): RegExp =>
  new RegExp(["alerts", ALERTS_CORP, world().foreign, world().foreignMedium, ...world().foreignKeyIds].join("|"))

/** Asks for something that belongs to another app, and for something that does not exist: the answers are the same. */
async function hidden(method: string, foreign: string, unknown: string, body?: unknown): Promise<void> {
  const [one, other] = await Promise.all([
    world().ask(foreign, { method, body }),
    world().ask(unknown, { method, body }),
  ])
  assert.deepEqual([one.status, one.text], [404, other.text], `${method} ${foreign}`)
}

/** Asks about an app that the key does not hold, and about one that does not exist: the answers are the same. */
async function hiddenApp(path: string, body: (app: string) => object): Promise<void> {
  const [one, other] = await Promise.all(
    ["alerts", "nonsense"].map((app) => world().ask(path, { method: "POST", body: body(app) })),
  )
  assert.deepEqual([one?.status, one?.text], [404, other?.text], path)
}

async function refused(method: string, path: string, body?: unknown): Promise<void> {
  const { status, json } = await world().ask(path, { method, body })
  assert.deepEqual([status, json.code], [403, "beyond_reach"], `${method} ${path}`)
}

/** Answers, and contains nothing about others. */
async function silent(path: string, init?: RequestOptions): Promise<void> {
  const { status, text } = await world().ask(path, init)
  assert.equal(status, 200, path)
  assert.doesNotMatch(text, foreignWords(), path)
}

const ofMessage = (method: string, path: string, body?: unknown) => () =>
  hidden(method, `/v1/messages/${world().foreign}${path}`, `/v1/messages/${NO_MESSAGE}${path}`, body)

async function open(path: string): Promise<void> {
  const { status } = await world().ask(path, { key: null })
  assert.equal(status, 200, path)
}

/** Requests here are signed with the app's own secret, so a key makes no difference. */
async function signed(method: string): Promise<void> {
  const { status } = await world().ask("/callback/alerts", { method, body: method === "POST" ? "<xml/>" : undefined })
  assert.ok(status === 404 || status === 403, `${status}`)
}

function askToken(corpId: string): Promise<TestAnswer> {
  return world().ask(`/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${world().holder.key}`)
}

async function compat(path: string, body: unknown, expected: number): Promise<void> {
  const { json } = await askToken(HR_CORP)
  assert.equal(json.errcode, 0)
  const joint = path.includes("?") ? "&" : "?"
  const answer = await world().ask(`/cgi-bin${path}${joint}access_token=${json.access_token}`, { body, key: null })
  assert.equal(answer.json.errcode, expected, path)
  assert.doesNotMatch(answer.text, foreignWords(), path)
}

/** A source of another app does not exist for the key. */
async function ofSource(method: string, path: string, body?: unknown): Promise<void> {
  const source = { name: "s", adapter: "text", app: "alerts", to: { users: ["a"] } }
  const { json } = await world().gateway.request("/v1/sources", { body: source })
  await hidden(method, `/v1/sources/${json.id}${path}`, `/v1/sources/src_x${path}`, body)
}

async function webhook(api: string): Promise<void> {
  const { key } = world().holder
  const answer = await world().ask(`/cgi-bin/webhook/${api}?key=${key}&to=a&app=alerts`, {
    key: null,
    body: { msgtype: "text", text: { content: "x" } },
  })
  assert.notEqual(answer.json.errcode, 0)
  assert.doesNotMatch(answer.text, foreignWords())
}

/** An app that the key does not hold does not exist for the key. */
async function inbound(adapter: string): Promise<void> {
  const answers = await Promise.all(
    ["alerts", "nonsense"].map((app) => world().ask(`/in/${adapter}?to=a&app=${app}`, { body: "x" })),
  )
  const [one, other] = answers
  assert.deepEqual([one?.status, one?.text], [other?.status, other?.text])
  assert.doesNotMatch(one?.text ?? "", foreignWords())
}

const text = { msgtype: "text", text: { content: "x" } }

/**
 * For each route: whether a key of one app gets any data about others. The test below fails for a route without a line here.
 */
const DECISIONS: Readonly<Record<string, () => Promise<void>>> = {
  "GET /": () => open("/"),
  "GET /healthz": () => open("/healthz"),
  "GET /livez": () => open("/livez"),
  "GET /readyz": () => open("/readyz"),
  "GET /openapi.json": () => open("/openapi.json"),
  "GET /docs": () => open("/docs"),
  "GET /docs/start.js": () => open("/docs/start.js"),
  "GET /docs/scalar.js": () => open("/docs/scalar.js"),
  "GET /callback/:app": () => signed("GET"),
  "POST /callback/:app": () => signed("POST"),

  "POST /v1/messages": async () => {
    const bodies = ["alerts", "nonsense"].map((app) => aMessage({ app }))
    const answers = await Promise.all(bodies.map((body) => world().ask("/v1/messages", { body })))
    assert.deepEqual([answers[0]?.status, answers[0]?.text], [404, answers[1]?.text])
  },
  "POST /v1/messages/batch": async () => {
    const { json } = await world().ask("/v1/messages/batch", { body: [aMessage(), aMessage({ app: "nonsense" })] })
    assert.deepEqual([json[0].status, json[1].status], [404, 404])
    assert.deepEqual(json[0].problem, json[1].problem)
  },
  "GET /v1/messages": async () => {
    await silent("/v1/messages")
    await hidden("GET", "/v1/messages?app=alerts", "/v1/messages?app=nonsense")
  },
  "GET /v1/messages/:id": ofMessage("GET", ""),
  "GET /v1/messages/:id/recipients": ofMessage("GET", "/recipients"),
  "GET /v1/messages/:id/attempts": ofMessage("GET", "/attempts"),
  "GET /v1/messages/:id/calls": ofMessage("GET", "/calls"),
  "POST /v1/messages/:id/cancel": ofMessage("POST", "/cancel"),
  "POST /v1/messages/cancel": async () => {
    const bodies = [{ app: "alerts" }, { app: "nonsense" }]
    const answers = await Promise.all(bodies.map((body) => world().ask("/v1/messages/cancel", { body })))
    assert.deepEqual([answers[0]?.status, answers[0]?.text], [404, answers[1]?.text])
    for (const id of [...world().foreignKeyIds, "key_environment", "key_x"]) {
      const { status, json } = await world().ask("/v1/messages/cancel", { body: { key_id: id } })
      assert.deepEqual([status, json.code], [404, "not_found"])
    }
  },
  "POST /v1/messages/:id/recall": ofMessage("POST", "/recall"),
  "GET /v1/messages/:id/recall": ofMessage("GET", "/recall"),
  "POST /v1/messages/:id/retry": ofMessage("POST", "/retry", { states: ["failed"] }),
  "POST /v1/messages/:id/card": ofMessage("POST", "/card", { userids: ["a"], button: { replace_name: "x" } }),
  "POST /v1/media": async () => {
    const { key } = world().holder
    const answers = await Promise.all(["alerts", "nonsense"].map((app) => postFile(world().gateway, PNG, { app, key })))
    assert.deepEqual([answers[0]?.status, answers[0]?.text], [404, answers[1]?.text])
  },
  "GET /v1/media": () => silent("/v1/media"),
  "DELETE /v1/media/:id": async () => {
    await hidden("DELETE", `/v1/media/${world().foreignMedium}`, "/v1/media/med_x")
    const forBoth = await postFile(world().gateway, GIF)
    await refused("DELETE", `/v1/media/${forBoth.json.id}`)
  },
  "GET /v1/media/:id": () => hidden("GET", `/v1/media/${world().foreignMedium}`, "/v1/media/med_x"),
  "POST /v1/lookup": async () => {
    const bodies = ["alerts", "nonsense"].map((app) => ({ app, mobile: "13800000001" }))
    const answers = await Promise.all(bodies.map((body) => world().ask("/v1/lookup", { body })))
    assert.deepEqual([answers[0]?.status, answers[0]?.text], [404, answers[1]?.text])
  },
  "GET /v1/events": async () => {
    const stop = new AbortController()
    const headers = { authorization: `Bearer ${world().holder.key}`, accept: "text/event-stream", "last-event-id": "0" }
    const answer = await fetch(`${world().gateway.url}/v1/events`, { headers, signal: stop.signal })
    let seen = ""
    for await (const chunk of answer.body ?? []) {
      seen += Buffer.from(chunk).toString()
      if (seen.includes(world().own)) break
    }
    stop.abort()
    assert.doesNotMatch(seen, foreignWords())
  },

  "GET /v1/apps": () => silent("/v1/apps"),
  "POST /v1/apps": async () => {
    for (const name of ["alerts", "new-one"]) {
      await refused("POST", "/v1/apps", { name, corp_id: HR_CORP, agent_id: 9, secret: "s" })
    }
  },
  "GET /v1/apps/:name": () => hidden("GET", "/v1/apps/alerts", "/v1/apps/nonsense"),
  "PATCH /v1/apps/:name": async () => {
    await hidden("PATCH", "/v1/apps/alerts", "/v1/apps/nonsense", { secret: "stolen" })
    for (const change of [{ corp_id: ALERTS_CORP }, { agent_id: 1_000_002, secret: "x" }]) {
      await refused("PATCH", "/v1/apps/hr", change)
    }
    const { status } = await world().ask("/v1/apps/hr", { method: "PATCH", body: { secret: "own", agent_id: 7 } })
    assert.equal(status, 200)
  },
  "DELETE /v1/apps/:name": () => hidden("DELETE", "/v1/apps/alerts", "/v1/apps/nonsense"),
  "GET /v1/corps/:corp_id": async () => {
    await hidden("GET", `/v1/corps/${ALERTS_CORP}`, "/v1/corps/nonsense")
    await silent(`/v1/corps/${HR_CORP}`)
  },
  "PUT /v1/corps/:corp_id": async () => {
    await hidden("PUT", `/v1/corps/${ALERTS_CORP}`, "/v1/corps/nonsense", { settings: {} })
    await silent(`/v1/corps/${HR_CORP}`, { method: "PUT", body: { settings: {} } })
    const app = { name: "hr-too", corp_id: HR_CORP, agent_id: 8, secret: "s" }
    assert.equal((await world().gateway.request("/v1/apps", { body: app })).status, 201)
    await refused("PUT", `/v1/corps/${HR_CORP}`, { settings: {} })
    assert.equal((await world().gateway.request("/v1/apps/hr-too", { method: "DELETE" })).status, 204)
  },
  "GET /v1/keys": () => silent("/v1/keys"),
  "POST /v1/keys": async () => {
    for (const apps of ["all", ["alerts"], ["hr", "alerts"], ["nonsense"]]) {
      await refused("POST", "/v1/keys", { name: "k", scopes: ["read"], apps })
    }
    const made = await world().ask("/v1/keys", { body: { name: "k", scopes: ["read"], apps: ["hr"] } })
    assert.equal(made.status, 201)
  },
  "GET /v1/keys/:id": async () => {
    for (const id of world().foreignKeyIds) await hidden("GET", `/v1/keys/${id}`, "/v1/keys/key_x")
    await silent(`/v1/keys/${world().holder.id}`)
  },
  "POST /v1/keys/:id/rotate": async () => {
    for (const id of world().foreignKeyIds) await hidden("POST", `/v1/keys/${id}/rotate`, "/v1/keys/key_x/rotate")
  },
  "DELETE /v1/keys/:id": async () => {
    for (const id of world().foreignKeyIds) await hidden("DELETE", `/v1/keys/${id}`, "/v1/keys/key_x")
    for (const id of world().foreignKeyIds) {
      assert.equal((await world().gateway.request(`/v1/keys/${id}`)).json.revoked_at, null)
    }
  },
  "GET /v1/audit": async () => {
    await silent("/v1/audit?limit=1000")
    const { json } = await world().ask("/v1/audit?limit=1000")
    assert.ok(
      json.items.some(({ action, target }: Record<string, string>) => `${action} ${target}` === "app.created hr"),
    )
  },
  "POST /mcp": async () => {
    for (const [name, args] of [
      ["list_apps", {}],
      ["follow", { id: world().foreign }],
    ] as const) {
      const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }
      await silent("/mcp", { body, headers: { accept: "application/json, text/event-stream" } })
    }
  },
  "GET /v1/status": () => silent("/v1/status"),
  "GET /metrics": async () => {
    await silent("/metrics")
    const { text: own } = await world().ask("/metrics")
    assert.match(own, /wecom_push_messages_accepted_total\{app="hr"/)
    assert.match(own, /wecom_push_build_info\{/)
    assert.match(own, /wecom_push_storage_up 1/)
    assert.doesNotMatch(own, /http_request|nodejs|database_bytes/)
    const { text: whole } = await world().gateway.request("/metrics")
    for (const one of [/app="alerts"/, /http_request/, /nodejs/, /database_bytes/]) assert.match(whole, one)
  },

  "GET /v1/sources": async () => {
    await silent("/v1/sources")
    const { json } = await world().ask("/v1/sources")
    assert.deepEqual(json.items, [])
  },
  "POST /v1/sources": () =>
    refused("POST", "/v1/sources", { name: "s", adapter: "text", app: "alerts", to: { users: ["a"] } }),
  "POST /v1/sources/preview": async () => {
    const body = { template: "{{ a }}", body: { a: 1 } }
    const { json } = await world().ask("/v1/sources/preview", { body })
    assert.deepEqual(json, { message: { msgtype: "text", text: { content: "1" } }, warnings: [] })
  },
  "GET /v1/sources/:id": () => ofSource("GET", ""),
  "PATCH /v1/sources/:id": () => ofSource("PATCH", "", { name: "x" }),
  "POST /v1/sources/:id/rotate": () => ofSource("POST", "/rotate"),
  "DELETE /v1/sources/:id": () => ofSource("DELETE", ""),

  ...Object.fromEntries(
    ADAPTER_NAMES.flatMap((name) => [
      [`ANY /in/${name}`, () => inbound(name)],
      [`ANY /in/${name}/*`, () => inbound(name)],
    ]),
  ),

  "GET /v1/chats": () => hidden("GET", "/v1/chats?app=alerts", "/v1/chats?app=nonsense"),
  "POST /v1/chats": () => hiddenApp("/v1/chats", (app) => ({ app, members: { users: ["a", "b"] } })),
  "GET /v1/chats/:chatid": () => hidden("GET", "/v1/chats/c?app=alerts", "/v1/chats/c?app=nonsense"),
  "PATCH /v1/chats/:chatid": () => hidden("PATCH", "/v1/chats/c?app=alerts", "/v1/chats/c?app=nonsense", { name: "x" }),
  "GET /v1/apps/:name/conversations": () =>
    hidden("GET", "/v1/apps/alerts/conversations", "/v1/apps/nonsense/conversations"),
  "GET /v1/apps/:name/departments": () => hidden("GET", "/v1/apps/alerts/departments", "/v1/apps/nonsense/departments"),
  "GET /v1/apps/:name/members": () => hidden("GET", "/v1/apps/alerts/members", "/v1/apps/nonsense/members"),
  "GET /v1/apps/:name/tags": () => hidden("GET", "/v1/apps/alerts/tags", "/v1/apps/nonsense/tags"),
  "GET /v1/apps/:name/tags/:id": () => hidden("GET", "/v1/apps/alerts/tags/1", "/v1/apps/nonsense/tags/1"),
  "ANY /cgi-bin/webhook/send": () => webhook("send"),
  "ANY /cgi-bin/webhook/upload_media": () => webhook("upload_media"),

  "ANY /cgi-bin/gettoken": async () => {
    const [foreign, none] = await Promise.all([askToken(ALERTS_CORP), askToken("nonsense")])
    assert.deepEqual([foreign.json.errcode, foreign.text], [40013, none.text])
  },
  "ANY /cgi-bin/message/send": () => compat("/message/send", { touser: "a", agentid: 1_000_002, ...text }, 301002),
  "ANY /cgi-bin/appchat/send": () => compat("/appchat/send?agentid=1000002", { chatid: "c", ...text }, 301002),
  "ANY /cgi-bin/appchat/create": () => compat("/appchat/create?agentid=1000002", { userlist: ["a", "b"] }, 301002),
  "ANY /cgi-bin/appchat/update": () => compat("/appchat/update?agentid=1000002", { chatid: "c", name: "x" }, 301002),
  "ANY /cgi-bin/appchat/get": () => compat("/appchat/get?agentid=1000002&chatid=c", undefined, 301002),
  "ANY /cgi-bin/message/recall": () => compat("/message/recall", { msgid: world().foreign }, 40058),
  "ANY /cgi-bin/message/update_template_card": () =>
    compat("/message/update_template_card", { agentid: 1_000_002, response_code: "c" }, 301002),
  "ANY /cgi-bin/message/update_taskcard": () =>
    compat("/message/update_taskcard", { agentid: 1_000_002, task_id: "t", userids: ["a"], clicked_key: "k" }, 301002),
  "ANY /cgi-bin/user/getuserid": async () => {
    await compat("/user/getuserid", { mobile: "13800000001" }, 46004)
    assert.equal(lastLookUp(), "hr")
  },
  "ANY /cgi-bin/user/get_userid_by_email": async () => {
    await compat("/user/get_userid_by_email", { email: "a@example.com" }, 46004)
    assert.equal(lastLookUp(), "hr")
  },
  "ANY /cgi-bin/agent/get": () => compat("/agent/get?agentid=1000002", undefined, 301002),
  // The request names nothing, so there is nothing to refuse: the file is for the caller's own apps.
  "ANY /cgi-bin/*": () => compat("/tag/list?agentid=1000002", undefined, 301002),
  "ANY /cgi-bin/media/upload": () => compat("/media/upload?type=file", {}, 44001),
}

// proves row 5: what belongs to another app
test("every route has a decision about what a key of one app learns of others", async (t) => {
  const there = [...new Set(world().routes.map(nameOf))].toSorted()
  assert.deepEqual(there, Object.keys(DECISIONS).toSorted())
  for (const [name, check] of Object.entries(DECISIONS)) await t.test(name, check)
})

// proves row 6: scopes
test("every route that asks for a key asks for a scope, and refuses keys without it", async () => {
  const keys = await Promise.all(
    SCOPES.map(async (scope) => ({ scope, key: (await makeKey(world().gateway, { scopes: [scope] })).key })),
  )
  for (const { method, url, scopes } of world().routes) {
    if (scopes === undefined) continue
    for (const { scope, key } of keys) {
      const isAllowed = scopes.includes(scope)
      // Another test checks the allowed answer, and a stream would not end.
      if (isAllowed) continue
      const answer = await world().gateway.request(url.replaceAll(/:\w+/g, "x"), { method, key })
      assert.equal(answer.status, 403, `${scope}: ${method} ${url}`)
    }
    const { status } = await world().gateway.request(url.replaceAll(/:\w+/g, "x"), { method, key: null })
    assert.equal(status, 401, `${method} ${url}`)
  }
  const others = world()
    .routes.filter(({ scopes }) => scopes === undefined)
    .map(({ url }) => url)
  for (const url of others) assert.match(url, /^\/(?:$|healthz|livez|readyz|docs|openapi\.json|callback|cgi-bin|in\/)/)
})

/** One app of several, some scopes, a cap or none. */
const wishes = fc.record({
  apps: fc.oneof(fc.constant("all" as const), fc.subarray(["alerts", "hr"], { minLength: 1 })),
  scopes: fc.subarray([...SCOPES], { minLength: 1 }),
  audience_cap: fc.option(fc.constantFrom(1, 5, 10)),
})

/** A key of all apps that has every scope of the first version holds the later ones too. */
function scopesHeld({ apps, scopes, audience_cap }: MakersWish): ReadonlySet<string> {
  const held = new Set<string>([...scopes, "admin"])
  const isAdminKey =
    apps === "all" && audience_cap === null && ["send", "send_all", "read"].every((one) => held.has(one))
  return isAdminKey ? new Set(SCOPES) : held
}

interface MakersWish {
  readonly apps: "all" | readonly string[]
  readonly scopes: readonly string[]
  readonly audience_cap: number | null
}

// proves row 5: what belongs to another app
test("no chain of keys reaches further than its first: whatever an admin key asks for, it gets no more than it has", async () => {
  await using gateway = await startTestGateway()
  await addHr(gateway)
  await fc.assert(
    fc.asyncProperty(wishes, wishes, async (makers, wish) => {
      const maker = await makeKey(gateway, { ...makers, scopes: [...new Set([...makers.scopes, "admin"])] })
      const other = await makeKey(gateway, wish)
      const isHeld =
        makers.apps === "all" || (wish.apps !== "all" && wish.apps.every((app) => makers.apps.includes(app)))
      const scopes = scopesHeld(makers)
      const isWithin =
        isHeld &&
        wish.scopes.every((scope) => scopes.has(scope)) &&
        (wish.audience_cap ?? Infinity) <= (makers.audience_cap ?? Infinity)

      const made = await gateway.request("/v1/keys", { key: maker.key, body: { name: "k", ...wish } })
      assert.equal(made.status, isWithin ? 201 : 403, made.text)
      const seen = await gateway.request(`/v1/keys/${other.id}`, { key: maker.key })
      assert.equal(seen.status, isHeld ? 200 : 404)
      const expected = isWithin ? 201 : isHeld ? 403 : 404
      const rotated = await gateway.request(`/v1/keys/${other.id}/rotate`, { key: maker.key, method: "POST" })
      assert.equal(rotated.status, expected)
      const revoked = await gateway.request(`/v1/keys/${other.id}`, { key: maker.key, method: "DELETE" })
      assert.equal(revoked.status, isWithin ? 204 : expected)
      const still = await gateway.request(`/v1/keys/${other.id}`)
      assert.equal(still.json.revoked_at === null, !isWithin)
    }),
    { numRuns: 60 },
  )
})

test("what goes beyond a key's reach is written down, and the answer says what to do in both languages", async () => {
  await using gateway = await startTestGateway()
  await addHr(gateway)
  const { id, key } = await makeKey(gateway, { scopes: ["admin"], apps: ["hr"] })
  const body = { name: "k", scopes: ["send"], apps: ["hr"] }
  const en = await gateway.request("/v1/keys", { key, body })
  const zh = await gateway.request("/v1/keys", { key, body, headers: { "accept-language": "zh" } })
  assert.match(en.json.hint, /apps, scopes and audience_cap/)
  assert.match(zh.json.hint, /管理密钥/)
  await gateway.stop()
  await using again = await startTestGateway({ folder: gateway.folder })
  const { items } = (await again.request("/v1/audit?limit=1000")).json
  assert.ok(
    items.some(
      ({ actor, action, target }: Record<string, string>) =>
        `${actor} ${action} ${target}` === `${id} permission.denied POST /v1/keys`,
    ),
  )
})

// proves row 6: scopes
test("who may not send to everybody cannot do it by retrying a message of another", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/v1/messages", { body: aMessage({ to: { all: true } }) })
  const { key } = await makeKey(gateway, { scopes: ["send"] })
  const retry = (as: string) =>
    gateway.request(`/v1/messages/${json.id}/retry`, { key: as, body: { states: ["failed"] } })
  const answer = await retry(key)
  assert.deepEqual([answer.status, answer.json.code], [403, "insufficient_scope"])
  assert.match(answer.json.detail, /send_all/)
  const both = await makeKey(gateway, { scopes: ["send", "send_all"] })
  assert.equal((await retry(both.key)).json.code, "nothing_to_retry")
})

test("an app that is deleted takes no key with it: a key of the name holds what is registered under it later", async () => {
  await using gateway = await startTestGateway()
  await addHr(gateway)
  const { key } = await makeKey(gateway, { scopes: ["send", "read", "admin"], apps: ["hr"] })
  assert.equal((await gateway.request("/v1/apps/hr", { method: "DELETE", key })).status, 204)
  assert.deepEqual((await gateway.request("/v1/apps", { key })).json.items, [])
  assert.equal((await gateway.request("/v1/messages", { key, body: aMessage({ app: "hr" }) })).status, 404)
  assert.equal((await gateway.request(`/v1/corps/${HR_CORP}`, { key })).status, 404)
  assert.equal((await gateway.request("/metrics", { key })).status, 200)
  await addHr(gateway)
  assert.equal((await gateway.request("/v1/messages", { key, body: aMessage({ app: "hr" }) })).status, 202)
})

test("the last admin key may revoke itself; the machine makes another. The environment's key has no record to change", async () => {
  await using gateway = await startTestGateway()
  const { id, key } = await makeKey(gateway, { scopes: [...SCOPES] })
  assert.equal((await gateway.request(`/v1/keys/${id}`, { method: "DELETE", key })).status, 204)
  assert.equal((await gateway.request("/v1/keys", { key })).status, 401)
  const paths = [
    ["GET", "/v1/keys/key_environment"],
    ["DELETE", "/v1/keys/key_environment"],
    ["POST", "/v1/keys/key_environment/rotate"],
  ]
  for (const [method = "", path = ""] of paths) assert.equal((await gateway.request(path, { method })).status, 404)
  assert.equal((await gateway.request("/v1/keys")).status, 200)
})

async function startWorld(resources: AsyncDisposableStack): Promise<World> {
  const routes: Route[] = []
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: App }
    fastify.addHook("onRoute", ({ method, url, config }) => {
      for (const name of [method].flat()) routes.push({ method: name, url, scopes: config?.scopes })
    })
  }
  subscribe("fastify.initialization", watch)
  const gateway = resources.use(await startTestGateway())
  unsubscribe("fastify.initialization", watch)
  await addHr(gateway)
  const holder = await makeKey(gateway, { scopes: [...SCOPES], apps: ["hr"] })
  const ofAlerts = await makeKey(gateway, { apps: ["alerts"] })
  const ofAll = await makeKey(gateway, { apps: "all" })
  const send = async (app: string) => (await gateway.request("/v1/messages", { body: aMessage({ app }) })).json.id
  const medium = await postFile(gateway, PNG, { app: "alerts" })
  await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { share_calls: true } } })
  return {
    gateway,
    routes: routes.filter(({ method }) => method !== "HEAD"),
    holder,
    foreignKeyIds: [ofAlerts.id, ofAll.id],
    foreign: await send("alerts"),
    own: await send("hr"),
    foreignMedium: medium.json.id,
    ask: (path, init = {}) => request(gateway.url + path, { key: holder.key, ...init }),
  }
}

function nameOf({ method, url }: Route): string {
  return /^\/(?:cgi-bin|in)\//.test(url) ? `ANY ${url}` : `${method} ${url}`
}

async function addHr(gateway: TestGateway): Promise<void> {
  const body = { name: "hr", corp_id: HR_CORP, agent_id: 7, secret: "sim-secret-hr" }
  assert.equal((await gateway.request("/v1/apps", { body })).status, 201)
}

async function makeKey(gateway: TestGateway, wish: Record<string, unknown>): Promise<{ id: string; key: string }> {
  const answer = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["send"], apps: "all", ...wish } })
  assert.equal(answer.status, 201, answer.text)
  return answer.json
}

/** The app of the last look-up that the dispatcher was asked for. */
function lastLookUp(): unknown {
  const [name, question] = world().gateway.dispatcher.calls.at(-1) as [string, { readonly app: string }]
  return name === "lookUp" ? question.app : undefined
}
