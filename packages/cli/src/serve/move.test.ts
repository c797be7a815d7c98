import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { newDatabase } from "../../../gateway/src/store/postgres/testing/cluster.ts"
import { packedStart } from "../testing/packed-start.ts"
import type { Running } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"
import type { Bench } from "../testing/try-command.ts"

const start = packedStart()
const KEY = "an-admin-key-of-more-than-32-characters"
const MASTER_KEY = "ab".repeat(32)

/** Ends the process at a point in the code, as `kill -9` does. */
const dieAt = (point: string, hit: number): Readonly<Record<string, string>> => {
  const script = `import { subscribe } from "node:diagnostics_channel"; let left = ${hit}
    subscribe("wecom-push:point", ({ point }) => { if (point === "${point}" && --left === 0) process.kill(process.pid, "SIGKILL") })`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}

// proves 13.L1: a database that is moved
test("a gateway is killed, its database moved by a command that is killed too, and each message arrives once; and back again", async () => {
  await using database = await newDatabase()
  await using bench = await startBench()
  const env = { ...bench.env, WECOM_PUSH_ADMIN_KEY: KEY, WECOM_PUSH_MASTER_KEY: MASTER_KEY, LANG: "en_US.UTF-8" }
  const serve = (url: string): Running =>
    start(["serve", "--port", "0", "--json"], bench.folder, { ...env, WECOM_PUSH_DATABASE_URL: url })
  const [first, second] = ["sqlite:./first.db", "sqlite:./second.db"]

  const before = await fillAndKill(bench, serve(first), "there")
  await moveThroughKills(bench, env, first, database.url, [
    ["move.slice", 1],
    ["move.slice", 6],
    ["move.slice", 4],
    ["move.copied", 1],
    ["move.source_marked", 1],
  ])
  const refused = await serve(first).ended()
  assert.equal(refused.code, 2)
  assert.match(refused.stdout, /has been moved to postgres:\/\/postgres@\/test_.*--after-restore/)
  {
    await using there = serve(database.url)
    await finish(bench, there, before)
  }

  const onPostgres = await fillAndKill(bench, serve(database.url), "back")
  await moveThroughKills(bench, env, database.url, second, [
    ["move.slice", 9],
    ["move.copied", 1],
    ["move.target_marked", 1],
  ])
  assert.match((await serve(database.url).ended()).stdout, /has been moved to sqlite:/)
  await using back = serve(second)
  // Including what was settled before the first of the two moves.
  const settled = new Map([...before.settled, ...before.open, ...onPostgres.settled])
  await finish(bench, back, { ...onPostgres, settled })
})

async function moveThroughKills(
  bench: Bench,
  env: Readonly<Record<string, string>>,
  from: string,
  to: string,
  kills: readonly (readonly [point: string, hit: number])[],
): Promise<void> {
  const command = ["move", "--from", from, "--to", to, "--json"]
  for (const [point, hit] of kills) {
    const killed = start(command, bench.folder, { ...env, ...dieAt(point, hit) })
    const { stderr, stdout } = await killed.ended()
    assert.equal(killed.child.signalCode, "SIGKILL", `${point} ${hit}: ${stdout}${stderr}`)
    // Only one start is tried here, because a start takes a second or two.
    if (point !== "move.copied") continue
    const refused = await start(["serve", "--port", "0"], bench.folder, { ...env, WECOM_PUSH_DATABASE_URL: to }).ended()
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /wecom-push move --from (?:sqlite|postgres):\S+ --to /)
  }
  const { code, stdout, stderr } = await start(command, bench.folder, env).ended()
  assert.equal(code, 0, stderr + stdout)
  const { tables } = JSON.parse(stdout) as {
    tables: { name: string; rows: number; source_digest: string; target_digest: string }[]
  }
  for (const table of tables) assert.equal(table.source_digest, table.target_digest)
}

interface Left {
  /** Calls that are not settled, and the results that they will have. */
  readonly open: ReadonlyMap<string, string>
  readonly settled: ReadonlyMap<string, string>
  /** The last event that a follower has read. */
  readonly lastEvent: number
  readonly idempotent: { readonly key: string; readonly id: string }
  readonly name: string
}

/** Makes messages in every state; some of them are being sent when the gateway is killed. */
async function fillAndKill(bench: Bench, gateway: Running, name: string): Promise<Left> {
  const { url } = await told(gateway)
  const text = (content: string): object => ({ msgtype: "text", text: { content: `${name}: ${content}` } })
  const zhangsan = { to: { users: ["zhangsan"] } }
  const post = (body: object): Promise<string> => accept(url, body)

  const sent = await Promise.all([1, 2, 3].map((n) => post({ ...zhangsan, ...text(`sent ${n}`) })))
  const idempotent = { key: `key-${name}`, id: "" }
  idempotent.id = await accept(url, { ...zhangsan, ...text("idempotent") }, idempotent.key)
  const notFound = await post({ to: { mobiles: ["13800009999"] }, ...text("to no member") })
  const partly = await post({ to: { mobiles: ["13800000002", "13800009998"] }, ...text("to one member") })
  const later = new Date(Date.now() + 3_600_000).toISOString()
  const cancelled = await post({ ...zhangsan, ...text("cancelled"), send_at: later })
  assert.equal((await call(url, "POST", `/v1/messages/${cancelled}/cancel`, {})).status, 200)
  for (const id of sent) await until(url, id, "sent")
  await until(url, partly, "partly_sent")
  await until(url, idempotent.id, "sent")
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 48002, times: 1 })
  const failed = await post({ ...zhangsan, ...text("refused") })
  const settled = new Map([
    ...sent.map((id) => [id, "sent"] as const),
    [idempotent.id, "sent"],
    [notFound, "failed"],
    [partly, "partly_sent"],
    [cancelled, "cancelled"],
    [failed, "failed"],
  ])
  for (const [id, state] of settled) await until(url, id, state)

  const media = new FormData()
  media.set("type", "file")
  media.set("file", new Blob([fileOf(name)]), `${name}.txt`)
  const uploaded = await fetch(`${url}/v1/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body: media,
  })
  const { id: medium } = (await uploaded.json()) as { id: string }
  const soon = new Date(Date.now() + 5000).toISOString()
  const open = new Map<string, string>()
  open.set(await post({ ...zhangsan, msgtype: "file", file: { media_id: medium }, send_at: soon }), "sent")
  open.set(await post({ ...zhangsan, ...text("scheduled"), send_at: soon }), "sent")
  const { last: lastEvent } = await eventsAfter(url, 0)
  // The calls arrive, and no answer comes.
  await bench.fault({ path: "message/send", kind: "hang_after", times: 4 })
  const lane = { ...zhangsan, order_key: `lane ${name}` }
  for (const n of [1, 2, 3]) open.set(await post({ ...lane, ...text(`in the lane ${n}`) }), "sent")
  for (const n of [1, 2, 3]) open.set(await post({ to: { users: ["lisi"] }, ...text(`on its way ${n}`) }), "sent")
  while (((await bench.control("GET", "faults")) as { faults: unknown[] }).faults.length > 0) await sleep(20)
  gateway.child.kill("SIGKILL")
  await gateway.ended()
  return { open, settled, lastEvent, idempotent, name }
}

/** The content of a file that is long enough for several pieces. */
const fileOf = (name: string): string => `what ${name} holds `.repeat(200_000)

/** Everything is sent once and in order; a client that follows events or repeats a request sees no difference. */
async function finish(bench: Bench, gateway: Running, left: Left): Promise<void> {
  const { url } = await told(gateway)
  const { open, settled, idempotent, name, lastEvent } = left
  for (const [id, state] of open) await until(url, id, state)
  for (const [id, state] of settled) assert.equal((await get(url, `/v1/messages/${id}`))["state"], state)
  const again = await accept(
    url,
    { to: { users: ["zhangsan"] }, msgtype: "text", text: { content: `${name}: idempotent` } },
    idempotent.key,
  )
  assert.equal(again, idempotent.id)
  const { ids, finished } = await eventsAfter(url, lastEvent)
  assert.deepEqual(
    ids,
    ids.toSorted((one, other) => one - other),
  )
  assert.equal(new Set(ids).size, ids.length)
  for (const id of open.keys())
    assert.equal(finished.filter((one) => one === id).length, 1, `${id} is reported once as finished`)

  const shown = (await bench.shown()).flatMap(({ userid, body }) => {
    const { content = "" } = (body["text"] ?? {}) as { content?: string }
    return content.startsWith(`${name}: `) ? `${userid} ${content.slice(name.length + 2)}` : []
  })
  assert.deepEqual(
    shown.toSorted(),
    [
      "lisi on its way 1",
      "lisi on its way 2",
      "lisi on its way 3",
      "lisi to one member",
      "zhangsan idempotent",
      "zhangsan in the lane 1",
      "zhangsan in the lane 2",
      "zhangsan in the lane 3",
      "zhangsan scheduled",
      "zhangsan sent 1",
      "zhangsan sent 2",
      "zhangsan sent 3",
    ].toSorted(),
  )
  const lane = shown.filter((text) => text.includes("in the lane"))
  assert.deepEqual(lane, lane.toSorted())
  const files = await Promise.all(
    (await bench.shown()).flatMap(({ body }) => {
      const { media_id: medium } = (body["file"] ?? {}) as { media_id?: string }
      return medium === undefined ? [] : fetch(`${bench.url}/_sim/media/${medium}`).then((answer) => answer.text())
    }),
  )
  assert.equal(files.filter((content) => content === fileOf(name)).length, 1)
  gateway.child.kill("SIGTERM")
  assert.equal((await gateway.ended()).code, 0)
}

async function told(gateway: Running): Promise<{ readonly url: string }> {
  return JSON.parse(TOLD.exec(await gateway.says(TOLD))?.[0] ?? "") as { url: string }
}

const TOLD = /^\{"url".*\}$/m

function call(url: string, method: string, path: string, body: object, more = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...more }
  return fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) })
}

async function accept(url: string, body: object, key?: string): Promise<string> {
  const answer = await call(url, "POST", "/v1/messages", body, key === undefined ? {} : { "idempotency-key": key })
  const accepted = (await answer.json()) as { id: string }
  assert.equal(answer.status, 202, JSON.stringify(accepted))
  return accepted.id
}

async function get(url: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${KEY}` } })
  return (await answer.json()) as Readonly<Record<string, unknown>>
}

async function until(url: string, id: string, state: string): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const message = await get(url, `/v1/messages/${id}`)
    if (message["state"] === state) return
    if (Date.now() > deadline) assert.fail(`${id} is not ${state}: ${JSON.stringify(message)}`)
    await sleep(50)
  }
}

interface Followed {
  readonly ids: readonly number[]
  readonly last: number
  /** The ids of messages. */
  readonly finished: readonly string[]
}

/** Reads the events after `last` as a follower does, until no more come for a moment. */
async function eventsAfter(url: string, last: number): Promise<Followed> {
  const stop = new AbortController()
  const answer = await fetch(`${url}/v1/events`, {
    headers: { authorization: `Bearer ${KEY}`, "last-event-id": String(last) },
    signal: stop.signal,
  })
  let told = ""
  const quiet = setTimeout(() => stop.abort(), 1500)
  try {
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      told += piece
      quiet.refresh()
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
  }
  const events = told.split("\n\n").flatMap((event) => {
    const id = /^id: ?(\d+)$/m.exec(event)?.[1]
    return id === undefined ? [] : { id: Number(id), event }
  })
  const finished = events.flatMap(({ event }) =>
    event.includes("message.finished") ? (/msg_[0-9a-f-]+/.exec(event)?.[0] ?? []) : [],
  )
  const ids = events.map(({ id }) => id)
  return { ids, last: ids.at(-1) ?? last, finished }
}
