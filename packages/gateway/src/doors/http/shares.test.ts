import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { answered, startOn, STORES } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"
import { postFile } from "./testing/media-form.ts"
import type { RequestOptions, TestAnswer } from "./testing/start-gateway.ts"

interface Keys {
  /** A program of the app `alerts` that takes as much as it can get. */
  readonly greedy: { readonly id: string; readonly key: string }
  /** Another program of that app. */
  readonly beside: string
  /** A program of the app `hr`. */
  readonly other: string
}

interface World extends Several {
  readonly keys: Keys
}

/** Starts one gateway, or two, with small limits. */
async function open(store: (typeof STORES)[number], settings: Readonly<Record<string, string>>): Promise<World> {
  const several = await startOn(store, settings)
  const corp_id = several.simulator.org.corp_id
  const hr = { name: "hr", corp_id, agent_id: 1_000_003, secret: "sim-secret-hr" }
  await several.request(0, "/v1/apps", { body: hr })
  const make = async (app: string): Promise<Keys["greedy"]> =>
    (await several.request(0, "/v1/keys", { body: { name: app, scopes: ["send", "read"], apps: [app] } })).json
  const keys = { greedy: await make("alerts"), beside: (await make("alerts")).key, other: (await make("hr")).key }
  return { ...several, keys }
}

const text = (app: string, content: string, changes: object = {}): Record<string, unknown> => ({
  app,
  to: { users: ["WangWu"] },
  msgtype: "text",
  text: { content },
  ...changes,
})

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1)

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString()

/**
 * Checks that the other key's `high` message is accepted and sent, and that the look-up of a member's number is answered.
 */
async function othersAreServed(world: World, place = 0): Promise<void> {
  const { other: key } = world.keys
  const from = performance.now()
  const body = text("hr", `beside the greedy ${from}`, { priority: "high", to: { mobiles: ["13800000003"] } })
  const posted = await world.request(place, "/v1/messages", { key, body })
  assert.equal(posted.status, 202, posted.text)
  await world.until(place, posted.json.id, "sent")
  const looked = await world.request(place, "/v1/lookup", { key, body: { mobile: "13800000003", fresh: true } })
  assert.deepEqual([looked.status, looked.json.userid], [200, "WangWu"], looked.text)
  // On an idle machine it takes much less.
  assert.ok(performance.now() - from < 20_000)
}

function isRefused({ status, json, headers }: TestAnswer, pattern: RegExp): void {
  assert.deepEqual([status, json.code], [429, "share_used"], JSON.stringify(json))
  assert.match(json.detail, pattern)
  assert.ok(Number(headers.get("retry-after")) >= 1)
}

/** Follows events; the stream is open until it is disposed of. */
async function follow(
  world: World,
  place: number,
  key: string,
): Promise<AsyncDisposable & { readonly status: number }> {
  const leaving = new AbortController()
  const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" }
  const answer = await fetch(`${world.gateways[place]?.url}/v1/events`, { headers, signal: leaving.signal })
  return {
    status: answer.status,
    async [Symbol.asyncDispose]() {
      leaving.abort()
      await answer.body?.cancel().catch(() => {})
    },
  }
}

for (const store of STORES) {
  // proves 28.D4: shares of keys and apps
  test(`D4: a key that schedules messages for 300 days ahead is stopped at half of the backlog, and others send: ${store}`, async () => {
    await using world = await open(store, { WECOM_PUSH_BACKLOG_LIMIT: "100" })
    const { greedy, beside } = world.keys
    const lines = Array.from({ length: 200 }, (_, n) => text("alerts", `${n}`, { send_at: inDays(300) }))
    const taken = await world.request(0, "/v1/messages/batch", { key: greedy.key, body: lines })
    assert.equal(taken.json.filter(({ status }: { status: number }) => status === 202).length, 50)
    const { problem } = taken.json[50]
    assert.deepEqual([problem.status, problem.code], [429, "share_used"])

    // The other gateway counts the same key.
    const body = text("alerts", "more")
    const headers = { "accept-language": "zh" }
    isRefused(await world.request(1, "/v1/messages", { key: greedy.key, body }), /key_\S+ has 50 .* may have 20 /)
    isRefused(
      await world.request(1, "/v1/messages", { key: greedy.key, body, headers }),
      /密钥 key_\S+ 已有 50 条.*每个密钥最多 20（WECOM_PUSH_BACKLOG_SHARE_PERCENT）/,
    )
    isRefused(await world.request(1, "/v1/messages", { key: beside, body }), /The app alerts has 50 .* may have 20 /)
    await othersAreServed(world)
    await othersAreServed(world, 1)

    const { json } = await world.request(0, "/v1/messages?limit=1", { key: greedy.key })
    await world.request(0, `/v1/messages/${json.items[0].id}/cancel`, { key: greedy.key, method: "POST" })
    const more = await answered(202, () => world.request(0, "/v1/messages", { key: greedy.key, body }))
    assert.equal(more.status, 202, more.text)
    isRefused(await world.request(0, "/v1/messages", { key: greedy.key, body }), /has 50 .* may have 20 /)
  })

  // proves 28.D4: shares of keys and apps
  test(`D4: a key that opens event streams is stopped at half of them, and others follow and send: ${store}`, async () => {
    await using world = await open(store, { WECOM_PUSH_MAX_STREAMS: "10" })
    await using streams = new AsyncDisposableStack()
    const { greedy, beside, other } = world.keys
    const opened = async (key: string, wanted: number): Promise<number> => {
      let count = 0
      for (let n = 0; n < wanted; n++) if (streams.use(await follow(world, 0, key)).status === 200) count++
      return count
    }
    assert.equal(await opened(greedy.key, 12), 5)
    const events = (key: string) => world.request(0, "/v1/events", { key, headers: { accept: "text/event-stream" } })
    isRefused(await events(greedy.key), /The key key_\S+ has 5 event streams open; .* may have 2 /)
    isRefused(await events(beside), /The app alerts has 5 event streams open/)
    assert.equal(await opened(other, 2), 2)
    await othersAreServed(world)

    await streams.disposeAsync()
    while (!(await isFollowed(world, greedy.key))) await sleep(20)
  })

  // proves 28.D4: shares of keys and apps
  test(`D4: a key that stores files is stopped at half of what may be stored, others store, and an admin deletes: ${store}`, async () => {
    await using world = await open(store, { WECOM_PUSH_FILES_LIMIT_MIB: "1" })
    const { greedy, beside, other } = world.keys
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push((await handIn(world, 0, greedy.key, n)).json.id)
    isRefused(await handIn(world, 0, greedy.key, 5), /key_\S+ has 512000 bytes of stored files.* may have 209715 /)
    // The other gateway counts the same key; a file that is known already takes no more room.
    isRefused(await handIn(world, 1, greedy.key, 5), /has 512000 bytes .*DELETE \/v1\/media/)
    assert.equal((await handIn(world, 0, greedy.key, 0)).status, 200)
    isRefused(await handIn(world, 0, beside, 6), /The app alerts has 512000 /)
    assert.equal((await handIn(world, 0, other, 7)).status, 201)
    await othersAreServed(world)

    const ask = (key: string | undefined, method: string, path: string): Promise<TestAnswer> =>
      world.request(0, path, { method, ...(key !== undefined && { key }) })
    const listed = await ask(undefined, "GET", `/v1/media?key_id=${greedy.id}`)
    assert.deepEqual(
      listed.json.items.map(({ id, key_id, apps }: Record<string, unknown>) => ({ id, key_id, apps })).toSorted(byId),
      ids.map((id) => ({ id, key_id: greedy.id, apps: ["alerts"] })).toSorted(byId),
    )
    assert.equal((await ask(other, "DELETE", `/v1/media/${ids[0]}`)).status, 404)
    const foreign = await ask(beside, "DELETE", `/v1/media/${ids[0]}`)
    assert.deepEqual([foreign.status, foreign.json.code], [403, "beyond_reach"], foreign.text)

    const naming = text("alerts", "", {
      msgtype: "file",
      text: undefined,
      file: { media_id: ids[0] },
      send_at: inDays(1),
    })
    const message = (await world.request(0, "/v1/messages", { key: greedy.key, body: naming })).json.id
    const named = await ask(greedy.key, "DELETE", `/v1/media/${ids[0]}`)
    assert.deepEqual([named.status, named.json.code], [409, "media_in_use"], named.text)
    await ask(greedy.key, "POST", `/v1/messages/${message}/cancel`)
    // Each key deletes the files that it brought; an administrator deletes the others.
    assert.equal((await ask(greedy.key, "DELETE", `/v1/media/${ids[0]}`)).status, 204)
    for (const id of ids.slice(1)) assert.equal((await ask(undefined, "DELETE", `/v1/media/${id}`)).status, 204)
    assert.equal((await ask(greedy.key, "GET", `/v1/media/${ids[1]}`)).status, 404)
    const audit = await ask(undefined, "GET", "/v1/audit?limit=1000")
    const deleted = audit.json.items.filter(({ action }: { action: string }) => action === "media.deleted")
    assert.deepEqual(deleted.map(({ target }: { target: string }) => target).toSorted(), ids.toSorted())
    assert.deepEqual(deleted[0].detail, { bytes: 102_400, key_id: greedy.id })
    const handedIn = await answered(201, () => handIn(world, 1, greedy.key, 5))
    assert.equal(handedIn.status, 201, handedIn.text)
  })

  // proves 28.D4: shares of keys and apps
  test(`D4: a key that changes its messages in a loop leaves some ten entries in the audit trail: ${store}`, async () => {
    await using world = await open(store, {})
    const { greedy } = world.keys
    const body = text("alerts", "again and again", { send_at: inDays(300) })
    const { id } = (await world.request(0, "/v1/messages", { key: greedy.key, body })).json
    const change = async (what: string, changed: object): Promise<void> => {
      const answer = await world.request(0, `/v1/messages/${id}/${what}`, { key: greedy.key, body: changed })
      assert.equal(answer.status, 200, answer.text)
    }
    for (let n = 0; n < 25; n++) {
      await change("cancel", {})
      await change("retry", { states: ["cancelled"] })
    }
    const { json } = await world.request(0, "/v1/audit?limit=1000")
    const ofKey = json.items.filter(({ target }: { target: string }) => target === id)
    assert.equal(ofKey.length, 20)
    await othersAreServed(world)
  })

  // proves 28.D4: shares of keys and apps
  test(`D4: figures tell how much is taken of what all share, and of how much: ${store}`, async () => {
    await using world = await open(store, { WECOM_PUSH_BACKLOG_LIMIT: "100", WECOM_PUSH_FILES_LIMIT_MIB: "1" })
    const { greedy } = world.keys
    await world.request(0, "/v1/messages", { key: greedy.key, body: text("alerts", "x", { send_at: inDays(1) }) })
    await handIn(world, 0, greedy.key, 0)
    await world.request(0, "/v1/lookup", { key: greedy.key, body: { mobile: "13900000001" } })
    await using _ = await follow(world, 0, greedy.key)
    const { text: figures } = await world.request(0, "/metrics")
    const { corp_id: corp } = world.simulator.org
    for (const [labels, used, limit] of [
      ['stock="messages"', 1, 100],
      ['stock="files"', 102_400, 1_048_576],
      ['stock="streams"', 1, 500],
      [`stock="lookup_misses",corp="${corp}"`, 1, 10],
    ] as const) {
      const told = (name: string): string | undefined =>
        new RegExp(`^wecom_push_shared_stock_${name}\\{(?:database="\\w+",)?${labels}\\} (\\d+)$`, "m").exec(
          figures,
        )?.[1]
      assert.deepEqual([told("used"), told("limit")], [`${used}`, `${limit}`], labels)
    }
  })

  // proves 28.D4: shares of keys and apps
  test(`D4: where nothing more may be stored the answer is 503 files_full: ${store}`, async () => {
    await using world = await open(store, { WECOM_PUSH_FILES_LIMIT_MIB: "1", WECOM_PUSH_FILES_SHARE_PERCENT: "100" })
    const { greedy } = world.keys
    for (let n = 0; n < 10; n++) assert.equal((await handIn(world, 0, greedy.key, n)).status, 201)
    const full = await handIn(world, 0, greedy.key, 10)
    assert.deepEqual([full.status, full.json.code], [503, "files_full"], full.text)
    assert.ok(Number(full.headers.get("retry-after")) >= 1)
  })

  // proves 28.D4: shares of keys and apps
  test(`D4: a key that looks up numbers that no member has is stopped at half of the corp's budget, and others find people: ${store}`, async () => {
    await using world = await open(store, {})
    const { greedy, beside } = world.keys
    const lookUp = (n: number, key: string): Promise<TestAnswer> =>
      world.request(n % 2, "/v1/lookup", { key, body: { mobile: `1380000${1000 + n}` } })
    const statuses: number[] = []
    for (let n = 0; n < 8; n++) statuses.push((await lookUp(n, greedy.key)).status)
    assert.deepEqual(statuses, [404, 404, 404, 404, 404, 429, 429, 429])
    isRefused(await lookUp(9, greedy.key), /The key key_\S+ has 5 numbers of today that no member has.* may have 2 /)
    isRefused(await lookUp(10, beside), /The app alerts has 5 numbers/)
    const { json } = await world.request(0, "/v1/messages", {
      key: greedy.key,
      body: text("alerts", "to whom?", { to: { mobiles: ["13800001999"] } }),
    })
    await othersAreServed(world)
    await othersAreServed(world, 1)
    const { items } = (await world.request(0, `/v1/messages/${json.id}/recipients`)).json
    assert.deepEqual([items[0].state, items[0].reason], ["pending", "lookup_budget"])
    // Two of its own look-ups are also numbers that no member has; then its share is used up.
    const { other } = world.keys
    assert.deepEqual([(await lookUp(20, other)).status, (await lookUp(21, other)).status], [404, 404])
    isRefused(await lookUp(22, other), /The key key_\S+ has 2 numbers/)
  })
}

/** A different file of 100 KiB for each `n`. */
function handIn(world: World, place: number, key: string, n: number): Promise<TestAnswer> {
  const asked = { request: (path: string, init?: RequestOptions) => world.request(place, path, init) }
  return postFile(asked, Buffer.alloc(100 * 1024, n + 1), { key })
}

async function isFollowed(world: World, key: string): Promise<boolean> {
  await using stream = await follow(world, 0, key)
  return stream.status === 200
}
