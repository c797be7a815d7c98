import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { connect } from "../../store/postgres/connection.ts"
import { testConnection } from "../../store/postgres/testing/test-connection.ts"
import { ADMIN_KEY, request } from "./testing/start-gateway.ts"
import type { RequestOptions } from "./testing/start-gateway.ts"
import { postFile } from "./testing/media-form.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const text = (content: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  app: "alerts",
  to: { users: ["zhangsan"] },
  msgtype: "text",
  text: { content },
  ...changes,
})

/** A message to a member in that app's visible range. */
const hr = (content: string): Record<string, unknown> => text(content, { app: "hr", to: { users: ["WangWu"] } })

async function shown(several: Several, userid = "zhangsan"): Promise<string[]> {
  return (await several.phone(userid)).map((message) => String(message["body"]["text"]["content"])).toSorted()
}

/** On a busy machine everything takes longer, so the limits are wide: the test only finds what would never happen. */
async function within(ms: number, isSo: () => Promise<boolean>): Promise<void> {
  for (const from = performance.now(); !(await isSo()); await sleep(10)) {
    assert.ok(performance.now() - from < ms, "it took too long")
  }
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length
}

// proves 13.M1: one setting, two gateways
test("two gateways on one database send each message once, whichever took it, and both report its result", async () => {
  await using several = await startSeveral(2)
  const contents = Array.from({ length: 20 }, (_, n) => `no ${n}`)
  const to = { mobiles: ["13800000001"] }
  const accepted = await Promise.all(
    contents.map((content, n) => several.request(n % 2, "/v1/messages", { body: text(content, { to }) })),
  )
  for (const [n, { json }] of accepted.entries()) {
    const message = await several.until((n + 1) % 2, json.id, "sent", "failed")
    assert.equal(message["state"], "sent", JSON.stringify(message))
  }
  assert.deepEqual(await shown(several), contents.toSorted())
  assert.equal((await several.calls("/gettoken")).length, 1)
})

async function postTen(several: Several, content: string): Promise<void> {
  const ids = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const { json } = await several.request(n % 2, "/v1/messages", { body: text(`${content} ${n}`) })
      return json.id
    }),
  )
  for (const id of ids) await several.until(0, id, "sent")
}

// proves 13.K2: limits of all nodes together
// proves 13.M3: what one knew, all know
test("a token that WeCom no longer takes is replaced once for all gateways, however slow WeCom is", async () => {
  await using several = await startSeveral(2)
  await postTen(several, "first")
  assert.equal((await several.calls("/gettoken")).length, 1)

  await fetch(`${several.simulator.url}/_sim/tokens/revoke`, { method: "POST" })
  await several.fault({ path: "gettoken", kind: "slow", delay_ms: 2500, times: 9 })
  await postTen(several, "slow WeCom")
  assert.equal((await several.calls("/gettoken")).length, 2)
})

// proves 13.K2: limits of all nodes together
// proves 13.M3: what one knew, all know
test("a token that WeCom no longer takes is replaced once for all gateways, however slow the database is", async () => {
  await using several = await startSeveral(2)
  await postTen(several, "first")
  assert.equal((await several.calls("/gettoken")).length, 1)

  const database = connect({ url: several.url, maxConnections: 1, onLost: () => {} })
  await fetch(`${several.simulator.url}/_sim/tokens/revoke`, { method: "POST" })
  const locked = Promise.withResolvers<void>()
  const busy = database.transaction().execute(async (tx) => {
    await sql`lock table wecom_push.tokens in access exclusive mode`.execute(tx)
    locked.resolve()
    await sql`select pg_sleep(2.5)`.execute(tx)
  })
  await locked.promise
  await Promise.all([busy, postTen(several, "slow database")])
  await database.destroy()
  assert.equal((await several.calls("/gettoken")).length, 2)
})

// proves 13.M5: figures and files to run it
test("figures of the database carry its name on each gateway, and how many gateways there are", async () => {
  await using several = await startSeveral(2)
  const at = new Date(Date.now() + 3_600_000).toISOString()
  await several.request(0, "/v1/messages", { body: text("later", { send_at: at }) })
  const told = async (index: number, figure: RegExp): Promise<string | undefined> =>
    figure.exec((await several.request(index, "/metrics")).text)?.[1]
  const unfinished = /^wecom_push_unfinished_messages\{database="([0-9a-f]{8})",app="alerts",priority="normal"\} 1$/m
  const databases = [await told(0, unfinished), await told(1, unfinished)]
  assert.ok(databases[0] !== undefined)
  assert.equal(databases[1], databases[0])
  await within(60_000, async () => (await told(1, /^wecom_push_nodes\{database="[0-9a-f]{8}"\} (\d+)$/m)) === "2")
  assert.equal(await told(1, /^wecom_push_stranded_messages_total (\d+)$/m), "0")
})

// proves 29.doctor: what doctor says of a database
test("figures of the database tell its dead rows, and for how long a transaction has kept them", async () => {
  await using several = await startSeveral(1)
  await several.request(0, "/v1/messages", { body: text("sent") })
  const figure = async (name: string): Promise<number> => {
    const { text: figures } = await several.request(0, "/metrics")
    return Number(new RegExp(`^${name}\\{database="[0-9a-f]{8}"\\} (\\S+)$`, "m").exec(figures)?.[1])
  }
  const dump = testConnection({ connectionString: several.url })
  await dump.query("begin isolation level repeatable read; select count(*) from wecom_push.messages")
  // The figures are updated every ten seconds.
  await within(60_000, async () => (await figure("wecom_push_oldest_snapshot_seconds")) > 1)
  assert.ok((await figure("wecom_push_database_dead_rows")) >= 0)
  await dump.end()
  await within(60_000, async () => (await figure("wecom_push_oldest_snapshot_seconds")) < 1)
})

// proves 13.M3: what one knew, all know
test("a number and a file that two gateways need at one moment are asked for and uploaded once", async () => {
  await using several = await startSeveral(2)
  await several.fault({ path: "user/getuserid", kind: "slow", delay_ms: 600, times: 9 })
  await several.fault({ path: "media/upload", kind: "slow", delay_ms: 600, times: 9 })
  const asked = { request: (path: string, init?: RequestOptions) => several.request(0, path, init) }
  const uploaded = await postFile(asked, new TextEncoder().encode("hello there"))
  assert.ok(uploaded.status < 300, uploaded.text)
  const mobiles = ["13800000001", "13800009999"]
  const file = { msgtype: "file", file: { media_id: uploaded.json.id }, text: undefined }
  const accepted = await Promise.all(
    Array.from({ length: 12 }, (_, n) =>
      several.request(n % 2, "/v1/messages", { body: text(`no ${n}`, { to: { mobiles }, ...(n < 6 ? {} : file) }) }),
    ),
  )
  for (const { json, text } of accepted) {
    assert.ok(json.id, text)
    await several.until(0, json.id, "partly_sent")
  }
  assert.equal((await several.calls("/user/getuserid")).length, mobiles.length)
  assert.equal((await several.calls("/media/upload")).length, 1)
})

// proves 13.M3: what one knew, all know
test("a message that one gateway works on is cancelled through the other, and nothing of it goes out after that", async () => {
  await using several = await startSeveral(2)
  await several.request(0, "/v1/apps/alerts", { method: "PATCH", body: { settings: { concurrent_calls: 1 } } })
  // Six slow calls: a cancel that took longer than all but the last would find nothing left to cancel.
  await several.fault({ path: "message/send", kind: "slow", delay_ms: 3000, times: 100 })
  const users = Array.from({ length: 6000 }, (_, n) => `member${n}`)
  const { json } = await several.request(1, "/v1/messages", { body: text("x", { to: { users } }) })
  await within(60_000, async () => (await several.calls("/message/send")).length > 0)
  const cancelled = await several.request(0, `/v1/messages/${json.id}/cancel`, { method: "POST" })
  assert.equal(cancelled.status, 200, cancelled.text)
  const before = (await several.calls("/message/send")).length
  assert.ok(before < 6, `${before} calls`)
  const { recipients } = await several.until(0, json.id, "cancelled", "partial", "failed")
  assert.equal(recipients["cancelled"], 6000 - before * 1000, JSON.stringify(recipients))
  await sleep(1500)
  assert.equal((await several.calls("/message/send")).length, before)
})

// proves 13.M3: what one knew, all know
test("a message that one gateway has sent is recalled and sent again through the other", async () => {
  await using several = await startSeveral(2)
  const { json } = await several.request(0, "/v1/messages", { body: text("x") })
  await several.until(0, json.id, "sent")
  const recalled = await several.request(1, `/v1/messages/${json.id}/recall`, { method: "POST" })
  assert.equal(recalled.status, 200, recalled.text)
  assert.deepEqual(await shown(several), [])
  const unknown = await several.request(0, "/v1/messages", { body: text("y", { to: { users: ["nobody"] } }) })
  await several.until(1, unknown.json.id, "failed")
  const retried = await several.request(1, `/v1/messages/${unknown.json.id}/retry`, { body: { states: ["invalid"] } })
  assert.equal(retried.json.retried, 1, retried.text)
  await within(60_000, async () => (await several.calls("/message/send")).length === 3)
  await several.until(0, unknown.json.id, "failed")
})

// proves 13.M3: what one knew, all know
test("what is changed on one gateway is so on the other within a second: keys, apps, secrets", async () => {
  await using several = await startSeveral(2)
  const [one, other] = several.gateways
  assert.ok(one !== undefined && other !== undefined)
  const made = await several.request(0, "/v1/keys", { body: { name: "k", scopes: ["send", "read"], apps: "all" } })
  const { id, key } = made.json
  assert.equal((await request(`${other.url}/v1/status`, { key })).status, 200)
  await several.request(0, `/v1/keys/${id}`, { method: "DELETE" })
  await within(60_000, async () => (await request(`${other.url}/v1/status`, { key })).status === 401)

  const corpId = several.simulator.org.corp_id
  const app = { name: "hr", corp_id: corpId, agent_id: 1_000_003, secret: "wrong" }
  const registered = await several.request(0, "/v1/apps", { body: app })
  assert.equal(registered.status, 201, registered.text)
  const accept = async (): Promise<boolean> =>
    (await several.request(1, "/v1/messages", { body: hr("a") })).status === 202
  await within(60_000, accept)
  await within(60_000, async () => (await several.request(1, "/v1/apps/hr")).json.pause !== null)
  const mended = await several.request(0, "/v1/apps/hr", { method: "PATCH", body: { secret: "sim-secret-hr" } })
  assert.equal(mended.status, 200, mended.text)
  const { json } = await several.request(1, "/v1/messages", { body: hr("b") })
  await several.until(0, json.id, "sent", "failed")
  await within(60_000, async () => (await shown(several, "WangWu")).join() === "a,b")
})

// proves 13.M3: what one knew, all know
test("of one idempotency key that comes to both at once there is one message, and events continue on the other where they were", async () => {
  await using several = await startSeveral(2)
  const init = { body: text("once"), headers: { "idempotency-key": "k-1" } }
  const answers = await Promise.all([0, 1, 0, 1].map((n) => several.request(n, "/v1/messages", init)))
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
  await several.until(0, answers[0]?.json.id, "sent")
  assert.deepEqual(await shown(several), ["once"])

  const first = await eventsOf(several, 0, undefined, 3)
  const { json } = await several.request(0, "/v1/messages", { body: text("twice") })
  await several.until(1, json.id, "sent")
  const rest = await eventsOf(several, 1, first.at(-1)?.id, 2)
  const ids = [...first, ...rest].map((event) => Number(event.id))
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(ids).size, 5)
  assert.equal(rest[0]?.data.includes(json.id), true)
})

// proves N8: a stop under load
test("a gateway that is stopped waits for its call under way, and not for those that would have come next", async () => {
  await using several = await startSeveral(2)
  await several.request(0, "/v1/apps/alerts", { method: "PATCH", body: { settings: { concurrent_calls: 1 } } })
  await several.fault({ path: "message/send", kind: "slow", delay_ms: 1000, times: 100 })
  const contents = Array.from({ length: 8 }, (_, n) => `no ${n}`)
  const accepted = await Promise.all(
    contents.map((content, n) => several.request(n % 2, "/v1/messages", { body: text(content) })),
  )
  await within(60_000, async () => (await several.calls("/message/send")).length > 0)
  const stopped = several.gateways[1]?.stop(60_000)
  const late = sleep(30_000, "late", { ref: false })
  assert.notEqual(await Promise.race([stopped, late]), "late")
  for (const { json } of accepted) await several.until(0, json.id, "sent")
  assert.deepEqual(await shown(several), contents.toSorted())
})

async function eventsOf(several: Several, gateway: number, after: string | undefined, count: number) {
  const ending = new AbortController()
  const answer = await fetch(`${several.gateways[gateway]?.url}/v1/events`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": after ?? "0", accept: "text/event-stream" },
    signal: ending.signal,
  })
  const events: { id: string; data: string }[] = []
  let left = ""
  for await (const piece of answer.body ?? []) {
    left += Buffer.from(piece).toString()
    const blocks = left.split("\n\n")
    left = blocks.pop() ?? ""
    for (const block of blocks) {
      const [id, data] = [/^id: ?(.*)$/m.exec(block)?.[1], /^data: ?(.*)$/m.exec(block)?.[1]]
      if (id !== undefined && data !== undefined) events.push({ id, data })
    }
    if (events.length >= count) break
  }
  ending.abort()
  return events.slice(0, count)
}

test("a gateway that is stopped as soon as it has started begins nothing, and leaves no timer behind", async () => {
  await using several = await startSeveral(0)
  const before = timers()
  for (let n = 0; n < 5; n++) await (await several.start()).stop(0)
  // Handles that will soon end by themselves, for example a connection that is being closed.
  for (let left = 300; left > 0 && timers() > before; left--) await sleep(100)
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`)
})

test("what a gateway had in hand when it was stopped is due at once for the others, and not in a minute", async () => {
  await using several = await startSeveral(0)
  const database = connect({ url: several.url, maxConnections: 1, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => database.destroy() }
  for (let n = 0; n < 5; n++) {
    const gateway = await several.start()
    const items = Array.from({ length: 200 }, (_, item) =>
      text(`no ${n} ${item}`, { to: { users: [`member${item}`] } }),
    )
    const { status } = await several.request(n, "/v1/messages/batch", { body: items })
    assert.equal(status, 200)
    await gateway.stop()
    const { rows } = await sql<{ late: number; open: number }>`select count(*)::integer as open,
        count(*) filter (where coalesce(job.start_after, to_timestamp(due_at / 1000.0)) > clock_timestamp() + interval '2 s')::integer as late
      from wecom_push.messages left join wecom_push_jobs.job on job.id = messages.job
      where messages.state = 'open'`.execute(database)
    assert.equal(rows[0]?.late, 0, JSON.stringify(rows))
  }
})

// proves 13.M3: what one knew, all know
test("clients made for WeCom get the outcome that another gateway brings, and a repeat joins the message that another took", async () => {
  await using several = await startSeveral(2)
  const corpId = several.simulator.org.corp_id
  const asking = [0, 1].map((index) =>
    several.request(index, `/cgi-bin/gettoken?corpid=${corpId}&corpsecret=${ADMIN_KEY}`),
  )
  const tokens = (await Promise.all(asking)).map(({ json }) => String(json["access_token"]))
  assert.equal(tokens[0], tokens[1], "one token, whichever gateway gives it")
  const send = (index: number, content: string, touser = "zhangsan|ghost"): ReturnType<typeof several.request> =>
    several.request(index, `/cgi-bin/message/send?access_token=${tokens[0]}`, {
      body: { touser, msgtype: "text", agentid: 1_000_002, text: { content } },
    })
  const from = performance.now()
  for (let n = 0; n < 10; n++) {
    const { json } = await send(n % 2, `no ${n}`)
    assert.deepEqual([json.errcode, json["invaliduser"]], [0, "ghost"])
  }
  assert.ok(performance.now() - from < 10 * 3000, "no gateway waited until the time for it was over")

  await several.fault({ path: "message/send", kind: "slow", delay_ms: 6000, times: 1 })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(n % 2, "the same", "lisi")))
  assert.deepEqual(new Set(answers.map(({ json }) => json.errcode)), new Set([0]))
  assert.equal(new Set(answers.map(({ json }) => json["msgid"])).size, 1)
  await several.until(1, String(answers[0]?.json["msgid"]), "sent")
  assert.deepEqual(await shown(several, "lisi"), ["the same"])
})
