import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

const post = async (gateway: TestGateway, changes: Record<string, unknown> = {}): Promise<string> =>
  (await gateway.request("/v1/messages", { body: aMessage(changes) })).json.id

async function allPages(
  gateway: TestGateway,
  path: string,
): Promise<{ items: Record<string, unknown>[]; pages: number }> {
  const items: Record<string, unknown>[] = []
  let pages = 0
  for (let next: string | undefined = path; next !== undefined; pages++) {
    const { json, headers } = await gateway.request(next)
    items.push(...json.items)
    const link = headers.get("link")
    assert.equal(link === null, json.next_cursor === null)
    next = link === null ? undefined : /^<(.*)>; rel="next"$/.exec(link)?.[1]
  }
  return { items, pages }
}

test("messages are listed newest first, page by page, by state, app and time", async () => {
  const clock = { now: Date.parse("2026-11-25T00:00:00Z") }
  await using gateway = await startTestGateway({ now: () => clock.now })
  await gateway.request("/v1/apps", { body: { name: "hr", corp_id: "ww1", agent_id: 2, secret: "s" } })
  const ids: string[] = []
  for (let n = 0; n < 7; n++) {
    clock.now += 1000
    ids.unshift(await post(gateway, n === 3 ? { app: "hr" } : n === 5 ? { send_at: "2026-12-01T00:00:00Z" } : {}))
  }
  const { items, pages } = await allPages(gateway, "/v1/messages?limit=3")
  assert.deepEqual([items.map(({ id }) => id), pages], [ids, 3])
  const idsOf = async (query: string): Promise<unknown[]> =>
    (await gateway.request(`/v1/messages?${query}`)).json.items.map(({ id }: { id: string }) => id)
  assert.deepEqual(await idsOf("app=hr"), [ids[3]])
  assert.deepEqual(await idsOf("state=scheduled"), [ids[1]])
  assert.deepEqual(await idsOf("state=sent"), [])
  assert.deepEqual(await idsOf("since=2026-11-25T00:00:06Z"), ids.slice(0, 2))
  assert.deepEqual(await idsOf(`since=${encodeURIComponent("2026-11-25T08:00:06+08:00")}`), ids.slice(0, 2))
})

test("the limit of a page is 1 to 1000", async () => {
  await using gateway = await startTestGateway()
  for (const [limit, status] of [
    ["1", 200],
    ["1000", 200],
    ["0", 422],
    ["1001", 422],
    ["-1", 422],
    ["1.5", 422],
    ["a", 422],
    ["", 422],
  ]) {
    const answer = await gateway.request(`/v1/messages?limit=${limit}`)
    assert.equal(answer.status, status, `limit=${limit}`)
  }
})

test("recipients are listed in the order of naming, page by page, by state", async () => {
  await using gateway = await startTestGateway()
  const mobiles = Array.from({ length: 2500 }, (_, n) => (n % 100 === 7 ? `bad${n}` : String(13_800_000_000 + n)))
  const id = await post(gateway, { to: { mobiles } })
  const { items, pages } = await allPages(gateway, `/v1/messages/${id}/recipients?limit=1000`)
  assert.deepEqual([items.map(({ address }) => address), pages], [mobiles, 3])
  const invalid = await allPages(gateway, `/v1/messages/${id}/recipients?state=invalid&limit=10`)
  assert.equal(invalid.items.length, 25)
  const { json } = await gateway.request(`/v1/messages/${id}`)
  assert.deepEqual([json.recipients.total, json.recipients.pending, json.recipients.invalid], [2500, 2475, 25])
})

// proves 3.6: following
test("cancel, retry and recall are asked of the dispatcher and answered as it says", async () => {
  await using gateway = await startTestGateway()
  const id = await post(gateway)
  const { dispatcher } = gateway
  for (const [action, code] of [
    ["cancel", "already_sent"],
    ["recall", "nothing_to_recall"],
  ] as const) {
    const answer = await gateway.request(`/v1/messages/${id}/${action}`, { method: "POST" })
    assert.deepEqual([answer.status, answer.json.code], [409, code])
  }
  const nothing = await gateway.request(`/v1/messages/${id}/retry`, {
    body: { states: ["failed", "in_doubt", "not_found", "failed"] },
  })
  assert.deepEqual([nothing.status, nothing.json.code], [409, "nothing_to_retry"])
  assert.deepEqual(dispatcher.calls, [
    ["cancel", id],
    ["recall", id],
    ["retry", id, ["failed", "in_doubt", "not_found"]],
  ])

  dispatcher.outcome = {
    cancel: { kind: "cancelled", recipients: 1, state: "cancelled" },
    retry: { kind: "retried", recipients: 2, state: "queued" },
    recall: {
      kind: "recalled",
      state: "recalled",
      cancelled: 3,
      calls: [
        { call: 1, result: "recalled" },
        { call: 2, result: "refused", errcode: 40_058, errmsg: "x" },
      ],
    },
  }
  const done = async (path: string, body?: unknown) =>
    (await gateway.request(`/v1/messages/${id}/${path}`, { method: "POST", body })).json
  assert.deepEqual(await done("cancel"), { id, state: "cancelled", cancelled: 1 })
  assert.deepEqual(await done("cancel", {}), { id, state: "cancelled", cancelled: 1 })
  assert.deepEqual(await done("retry", { states: ["failed"] }), { id, state: "queued", retried: 2 })
  assert.deepEqual(await done("recall"), {
    id,
    state: "recalled",
    cancelled: 3,
    calls: [
      { call: 1, result: "recalled", errcode: null, errmsg: null },
      { call: 2, result: "refused", errcode: 40_058, errmsg: "x" },
    ],
  })
  dispatcher.outcome = { ...dispatcher.outcome, recall: { kind: "recall_expired" } }
  assert.equal((await gateway.request(`/v1/messages/${id}/recall`, { method: "POST" })).json.code, "recall_expired")
})

test("the body of an action is empty, an empty object, or refused", async () => {
  await using gateway = await startTestGateway()
  const id = await post(gateway)
  const status = async (path: string, body: unknown) =>
    (await gateway.request(`/v1/messages/${id}/${path}`, { method: "POST", body })).status
  assert.equal(await status("cancel", { force: true }), 400)
  assert.equal(await status("retry", {}), 422)
  assert.equal(await status("retry", { states: ["sent"] }), 422)
  assert.equal(await status("retry", { states: "failed" }), 400)
})

// proves 3.6: following
test("a look-up tells the userid, or why there is none", async () => {
  const now = 1_800_000_000_000
  await using gateway = await startTestGateway({ now: () => now })
  const { dispatcher } = gateway
  const ask = (body: unknown) => gateway.request("/v1/lookup", { body })
  dispatcher.lookupReply = { kind: "found", userid: "zhangsan" }
  assert.deepEqual((await ask({ mobile: "13800000001" })).json, { userid: "zhangsan" })
  assert.deepEqual((await ask({ app: "alerts", email: "a@example.com", fresh: true })).json, { userid: "zhangsan" })
  const keyId = "key_environment"
  assert.deepEqual(dispatcher.calls, [
    ["lookUp", { app: "alerts", type: "mobile", address: "13800000001", fresh: false, keyId }],
    ["lookUp", { app: "alerts", type: "email", address: "a@example.com", fresh: true, keyId }],
  ])
  const replies = [
    [{ kind: "not_found" }, 404, "not_found", null],
    [{ kind: "invalid" }, 422, "invalid_value", null],
    [{ kind: "budget_spent", retryAt: now + 3_600_000 }, 429, "lookup_budget_spent", "3600"],
    [{ kind: "paused", retryAt: now + 60_000 }, 429, "lookups_paused", "60"],
    [{ kind: "failed", errcode: 60_020, errmsg: "not allow to access from your ip" }, 503, "wecom_failed", "5"],
    [{ kind: "failed" }, 503, "wecom_failed", "5"],
  ] as const
  for (const [reply, status, code, retryAfter] of replies) {
    dispatcher.lookupReply = reply
    const answer = await ask({ mobile: "13800000001" })
    assert.deepEqual([answer.status, answer.json.code, answer.headers.get("retry-after")], [status, code, retryAfter])
  }
  for (const body of [{}, { mobile: "1", email: "a@b.c" }]) assert.equal((await ask(body)).status, 422)
  assert.equal((await ask({ mobile: 13_800_000_001 })).status, 400)
  assert.equal((await ask({ mobile: "13800000001", app: "other" })).status, 404)
})
