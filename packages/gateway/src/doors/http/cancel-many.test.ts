import assert from "node:assert/strict"
import { test } from "node:test"
import { answered, startOn, STORES } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"

interface Key {
  readonly id: string
  readonly key: string
}

interface World extends Several {
  readonly greedy: Key
  readonly other: Key
  /** An admin key of the app `hr` alone. */
  readonly hrAdmin: string
  cancelAll(body: object, key?: string): Promise<TestAnswer>
}

async function open(store: (typeof STORES)[number], settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const several = await startOn(store, settings)
  const hr = { name: "hr", corp_id: several.simulator.org.corp_id, agent_id: 1_000_003, secret: "sim-secret-hr" }
  await several.request(0, "/v1/apps", { body: hr })
  const make = async (app: string, scopes: readonly string[]): Promise<Key> =>
    (await several.request(0, "/v1/keys", { body: { name: app, scopes, apps: [app] } })).json
  return {
    ...several,
    greedy: await make("alerts", ["send", "read"]),
    other: await make("alerts", ["send", "read"]),
    hrAdmin: (await make("hr", ["admin"])).key,
    cancelAll: (body, key) =>
      several.request(0, "/v1/messages/cancel", { method: "POST", body, ...(key !== undefined && { key }) }),
  }
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()

const text = (content: string, changes: object = {}): Record<string, unknown> => ({
  app: "alerts",
  to: { users: ["zhangsan"] },
  msgtype: "text",
  text: { content },
  ...changes,
})

/** Schedules messages for 300 days ahead. */
async function schedule(world: World, { key }: Key, count: number): Promise<readonly string[]> {
  const body = Array.from({ length: count }, (_, n) => text(`${n}`, { send_at: inDays(300) }))
  const { json } = await world.request(0, "/v1/messages/batch", { key, body })
  return json.flatMap(({ id }: { id?: string }) => id ?? [])
}

for (const store of STORES) {
  // proves 28.D4: all of a key or an app cancelled
  test(`D4: an administrator cancels all of a key; those of others stay, and the backlog is free again: ${store}`, async () => {
    await using world = await open(store, { WECOM_PUSH_BACKLOG_LIMIT: "2000" })
    const { greedy, other } = world
    const [kept = ""] = await schedule(world, other, 1)
    const ids = await schedule(world, greedy, 1500)
    // Half of the backlog, together with the other key. A gateway counts once a second, and does not count messages on their
    // way to the store.
    assert.ok(ids.length >= 999 && ids.length < 1400, String(ids.length))
    const refused = await world.request(0, "/v1/messages", { key: greedy.key, body: text("more") })
    assert.equal(refused.json.code, "share_used")

    const done = await world.cancelAll({ key_id: greedy.id })
    assert.deepEqual(
      [done.status, done.json],
      [200, { messages: ids.length, recipients: ids.length, not_cancelled: [], not_cancelled_count: 0, more: false }],
    )
    for (const id of [ids[0], ids[500], ids.at(-1)]) {
      const { json } = await world.request(0, `/v1/messages/${id}`)
      assert.deepEqual([json.state, json.recipients.cancelled], ["cancelled", 1])
    }
    assert.equal((await world.request(0, `/v1/messages/${kept}`)).json.state, "scheduled")
    const again = await world.cancelAll({ key_id: greedy.id })
    assert.deepEqual([again.json.messages, again.json.more], [0, false])
    const more = await answered(202, () => world.request(0, "/v1/messages", { key: greedy.key, body: text("more") }))
    assert.equal(more.status, 202, more.text)
    const { json: trail } = await world.request(0, "/v1/audit")
    const written = trail.items.find(({ action }: { action: string }) => action === "messages.cancelled")
    assert.deepEqual([written.target, written.detail.messages !== undefined], [greedy.id, true])
  })

  // proves 28.D4: all of a key or an app cancelled
  test(`D4: once all of an app is cancelled the app can be deleted; what is under way ends first and is reported: ${store}`, async () => {
    await using world = await open(store)
    await world.fault({ path: "message/send", kind: "slow", delay_ms: 600, times: 1 })
    const { id: underWay } = (await world.request(0, "/v1/messages", { body: text("under way") })).json
    await world.until(0, underWay, "sending")
    await schedule(world, world.greedy, 30)
    assert.equal((await world.request(0, "/v1/apps/alerts", { method: "DELETE" })).json.code, "app_in_use")
    const { json } = await world.cancelAll({ app: "alerts" })
    assert.deepEqual(json, {
      messages: 30,
      recipients: 30,
      not_cancelled: [{ id: underWay, code: "already_sent" }],
      not_cancelled_count: 1,
      more: false,
    })
    assert.equal((await world.request(0, `/v1/messages/${underWay}`)).json.state, "sent")
    assert.equal((await world.request(0, "/v1/apps/alerts", { method: "DELETE" })).status, 204)
  })

  // proves 28.D4: all of a key or an app cancelled
  test(`D4: all of a key is cancelled by an admin key that holds its apps, and by no other: ${store}`, async () => {
    await using world = await open(store)
    await schedule(world, world.greedy, 3)
    for (const [body, key, expected] of [
      [{ key_id: world.greedy.id }, world.hrAdmin, [404, "not_found"]],
      [{ app: "alerts" }, world.hrAdmin, [404, "not_found"]],
      [{ key_id: world.greedy.id }, world.greedy.key, [403, "insufficient_scope"]],
      [{ key_id: "key_none" }, undefined, [404, "not_found"]],
      [{}, undefined, [422, "invalid_value"]],
      [{ key_id: world.greedy.id, app: "alerts" }, undefined, [422, "invalid_value"]],
      [{ keyid: world.greedy.id }, undefined, [400, "unknown_field"]],
    ] as const) {
      const { status, json } = await world.cancelAll(body, key)
      assert.deepEqual([status, json.code], expected, JSON.stringify(body))
    }
    assert.equal((await world.cancelAll({ key_id: "key_environment" })).json.messages, 0)
    assert.equal((await world.cancelAll({ key_id: world.greedy.id })).json.messages, 3)
  })
}
