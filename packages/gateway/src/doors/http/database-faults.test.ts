import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { mkdtemp, rmdir } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { Client } from "pg"
import { openTmpdir } from "../../../../../tools/testing/open-tmpdir.ts"
import { testConnection } from "../../store/postgres/testing/test-connection.ts"
import { FaultyWay, isCommit } from "../../store/postgres/testing/faulty-way.ts"
import type { WayFault } from "../../store/postgres/testing/faulty-way.ts"
import { withMounts, withoutMounts } from "../../store/testing/run-child.ts"
import type { SeenOnFullDisk } from "./testing/children/full-server-disk.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

// Faults between a gateway and its PostgreSQL, reliability rows D3 to D16.

const run = promisify(execFile)
const body = (content: string, userid = "zhangsan"): object => ({
  to: { users: [userid] },
  msgtype: "text",
  text: { content },
})

// proves D3: a connection cut before COMMIT
test("D3: a connection that is cut before COMMIT is sent is 503, and nothing of the message is stored", async () => {
  await using world = await startBehind()
  const point = pointPassed("accept.before_commit")
  world.fault = (sent) => (point.isPassed && isCommit(sent) ? "cut_before" : undefined)
  const refused = await world.several.request(0, "/v1/messages", { body: body("lost") })
  point.stop()
  world.fault = none
  assert.equal(refused.status, 503, refused.text)
  assert.ok(Number(refused.headers.get("retry-after")) > 0)
  const { json } = await world.several.request(0, "/v1/messages")
  assert.deepEqual(json.items, [])
})

// proves D4: a COMMIT whose reply is lost
test("D4: a COMMIT that is done and not answered is 503; the same request with its key is the message that was stored", async () => {
  await using world = await startBehind()
  const headers = { "idempotency-key": "order-1" }
  const point = pointPassed("accept.before_commit")
  world.fault = (sent) => (point.isPassed && isCommit(sent) ? "cut_after" : undefined)
  const refused = await world.several.request(0, "/v1/messages", { body: body("once"), headers })
  point.stop()
  world.fault = none
  assert.equal(refused.status, 503, refused.text)
  const again = await world.several.request(0, "/v1/messages", { body: body("once"), headers })
  assert.ok(again.status < 300, again.text)
  await world.several.until(0, again.json.id, "sent")
  const { json } = await world.several.request(0, "/v1/messages")
  assert.equal(json.items.length, 1)
  assert.equal((await world.several.phone("zhangsan")).length, 1)
})

// proves D5: jobs that no node has taken
test("D5: jobs that were fetched, and the reply lost, belong to no node for seconds, not for minutes", async () => {
  await using world = await startBehind()
  let isHeld = false
  world.fault = (sent) => (!isHeld && isFetch(sent) ? "cut_after" : undefined)
  const { json } = await world.several.request(0, "/v1/messages", { body: body("comes again") })
  while (!isHeld) {
    isHeld = (await asAdmin(world.several, "select from wecom_push_jobs.job where state = 'active'")).length > 0
  }
  const from = performance.now()
  await world.several.until(0, json.id, "sent")
  assert.ok(performance.now() - from < 60_000)
  assert.equal((await world.several.phone("zhangsan")).length, 1)
})

// proves D6: an outcome stored twice
test("D6: an outcome that is stored, and the reply lost, is settled once, and no one gets a second copy", async () => {
  await using world = await startBehind()
  const point = pointPassed("settle.before_commit")
  let cut = 0
  world.fault = (sent) => (point.isPassed && cut === 0 && isCommit(sent) && ++cut === 1 ? "cut_after" : undefined)
  const { json } = await world.several.request(0, "/v1/messages", { body: body("once") })
  const message = await world.several.until(0, json.id, "sent")
  point.stop()
  assert.equal(cut, 1)
  assert.deepEqual([message["recipients"]["sent"], message["recipients"]["in_doubt"]], [1, 0])
  // Long enough for a repeat to be sent.
  await sleep(1500)
  assert.equal((await world.several.calls("/message/send")).length, 1)
  assert.equal((await world.several.phone("zhangsan")).length, 1)
})

// proves D7: a slow server
test("D7: while each statement takes half a second all is slow, nothing is lost, and the gateway answers what needs no database", async () => {
  await using world = await startBehind()
  world.fault = () => 500
  const posts = Array.from({ length: 20 }, (_, n) =>
    world.several.request(0, "/v1/messages", { body: body(`no ${n}`) }),
  )
  for (let n = 0; n < 20; n++) {
    const from = performance.now()
    assert.equal((await world.several.request(0, "/healthz")).status, 200)
    // The posts wait longer for their statements; on a busy machine anything may take a second.
    assert.ok(performance.now() - from < 5000, "the event loop is free")
    await sleep(50)
  }
  const answers = await Promise.all(posts)
  world.fault = none
  const accepted = answers.filter(({ status }) => status === 202)
  assert.deepEqual(new Set(answers.map(({ status }) => status)).difference(new Set([202, 503])), new Set())
  for (const { json } of accepted) await world.several.until(0, json.id, "sent")
  const { json } = await world.several.request(0, "/v1/messages?limit=100")
  assert.ok(json.items.length >= accepted.length)
})

// proves D8: a server that hangs
test("D8: a database that answers nothing, its connections open, is 503 within the time of a statement, and all continues after", async () => {
  await using world = await startBehind()
  world.fault = () => "silence"
  const from = performance.now()
  const refused = await world.several.request(0, "/v1/messages", { body: body("refused") })
  assert.equal(refused.status, 503, refused.text)
  assert.ok(performance.now() - from < 30_000)
  assert.equal((await world.several.request(0, "/healthz")).status, 200)
  world.fault = none
  while ((await world.several.request(0, "/readyz")).status !== 200) await sleep(50)
  const { status, json, text } = await world.several.request(0, "/v1/messages", { body: body("after it") })
  assert.equal(status, 202, text)
  await world.several.until(0, json.id, "sent")
})

// proves D8: a server that hangs
test("D8: a new connection that falls silent before its first use is 503 within seconds, and gives back its place", async () => {
  await using world = await startBehind()
  // Cuts the connections that there are, so that new ones are made.
  world.fault = (sent) =>
    sent.includes("as wanted(name, value)") ? "silence" : isStatement(sent) ? "cut_before" : undefined
  const from = performance.now()
  // More than there are connections.
  const posts = await Promise.all(
    Array.from({ length: 40 }, (_, n) => world.several.request(0, "/v1/messages", { body: body(`no ${n}`) })),
  )
  assert.ok(performance.now() - from < 30_000)
  for (const { status, text } of posts) assert.equal(status, 503, text)
  world.fault = none
  while ((await world.several.request(0, "/readyz")).status !== 200) await sleep(50)
  const { status, json, text } = await world.several.request(0, "/v1/messages", { body: body("after it") })
  assert.equal(status, 202, text)
  await world.several.until(0, json.id, "sent")
})

// proves 29.P5: a database that answers nothing
test("P5: while the database answers nothing, each of many posts gets 503 within seconds, and so does /readyz", async () => {
  await using world = await startBehind()
  world.fault = () => "silence"
  const from = performance.now()
  const posts = await Promise.all(
    Array.from({ length: 60 }, (_, n) => world.several.request(0, "/v1/messages", { body: body(`no ${n}`) })),
  )
  // 10 s on an idle machine; one after the other they would take 15 s each.
  assert.ok(performance.now() - from < 18_000)
  for (const { status, text } of posts) assert.equal(status, 503, text)
  assert.equal((await world.several.request(0, "/readyz")).status, 503)
  world.fault = none
  while ((await world.several.request(0, "/readyz")).status !== 200) await sleep(50)
  const { json } = await world.several.request(0, "/v1/messages", { body: body("after it") })
  await world.several.until(0, json.id, "sent")
})

// proves 29.P5: a database that answers nothing
test("P5: while the database answers nothing, each of many changes of one kind gets 503 within seconds, not one after another", async () => {
  await using world = await startBehind()
  const makeKey = (name: string) =>
    world.several.request(0, "/v1/keys", { body: { name, scopes: ["send"], apps: ["alerts"] } })
  assert.equal((await makeKey("before it")).status, 201)
  world.fault = () => "silence"
  const from = performance.now()
  const answers = await Promise.all(Array.from({ length: 12 }, (_, n) => makeKey(`no ${n}`)))
  // One after the other they would take a minute.
  assert.ok(performance.now() - from < 18_000)
  for (const { status, text } of answers) assert.equal(status, 503, text)
  world.fault = none
  while ((await world.several.request(0, "/readyz")).status !== 200) await sleep(50)
  assert.equal((await makeKey("after it")).status, 201)
})

// proves 29.P5: a database that answers nothing
test("P5: while another session holds the tables, each of many posts gets 503 when one statement's time is over, not one after another", async () => {
  await using several = await startSeveral(1)
  const locker = testConnection({ connectionString: several.url })
  await using _ = { [Symbol.asyncDispose]: () => locker.end() }
  await locker.query("begin; lock table wecom_push.messages in access exclusive mode")
  const from = performance.now()
  const posts = await Promise.all(
    Array.from({ length: 60 }, (_, n) => several.request(0, "/v1/messages", { body: body(`no ${n}`) })),
  )
  // 7 s for each, one after the other, would be minutes.
  assert.ok(performance.now() - from < 25_000)
  for (const { status, text } of posts) assert.equal(status, 503, text)
  await locker.query("rollback")
  while ((await several.request(0, "/readyz")).status !== 200) await sleep(50)
  const { json } = await several.request(0, "/v1/messages", { body: body("after it") })
  await several.until(0, json.id, "sent")
})

// proves D11: no free connection
test("D11: a server without free connections is 503 and no standstill; what was accepted goes out", async () => {
  await using several = await startSeveral(0)
  const name = new URL(several.url.replace("@/", "@x/")).pathname.slice(1)
  await asAdmin(several, `alter database ${name} connection limit 8`)
  // Not by the superuser's own connection, for which limits do not count: the other user makes the tables again.
  await asAdmin(several, "drop schema wecom_push, wecom_push_jobs cascade")
  await asAdmin(several, `create role limited_${name} login password 'postgres'`)
  await asAdmin(several, `grant all on database ${name} to limited_${name}`)
  await several.start({
    WECOM_PUSH_DATABASE_URL: several.url.replace("postgres:postgres", `limited_${name}:postgres`),
    WECOM_PUSH_DATABASE_CONNECTIONS: "20",
  })
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      several.request(0, "/v1/messages", { body: body(`no ${n}`, n % 2 === 0 ? "zhangsan" : "lisi") }),
    ),
  )
  const accepted = answers.filter(({ status }) => status === 202)
  assert.ok(accepted.length > 0)
  assert.deepEqual(new Set(answers.map(({ status }) => status)).difference(new Set([202, 503])), new Set())
  for (const { json } of accepted) await several.until(0, json.id, "sent")
})

// proves D13: a session that is silent
test("D13: a session on whose way everything is lost is noticed and made anew, and messages go out meanwhile", async () => {
  await using world = await startBehind()
  const session = (): Promise<unknown[]> =>
    asAdmin(
      world.several,
      "select pid from pg_stat_activity where application_name = 'wecom-push session' and datname = current_database()",
    )
  const before = await session()
  assert.equal(before.length, 1)
  const { promise: silent, resolve: isSilent } = Promise.withResolvers<void>()
  world.fault = (sent) => {
    if (!sent.includes("select 1 as session")) return undefined
    world.fault = none
    isSilent()
    return "silence"
  }
  await silent
  const { json } = await world.several.request(0, "/v1/messages", { body: body("meanwhile") })
  await world.several.until(0, json.id, "sent")
  while (JSON.stringify(await session()) === JSON.stringify(before)) await sleep(100)
  const last = await world.several.request(0, "/v1/messages", { body: body("after", "lisi") })
  await world.several.until(0, last.json.id, "sent")
})

// proves D14: a full disk of the server
test(
  "D14: while the server's disk is full what is posted is 503 and the gateway tells why; with space again all continues, once",
  { skip: withoutMounts() },
  async () => {
    const disk = await mkdtemp(join(openTmpdir(), "wecom-push-full-server-"))
    const child = join(import.meta.dirname, "testing/children/full-server-disk.ts")
    const [unshare = "", ...mounting] = withMounts(`mount -t tmpfs -o size=40m none ${disk}`)
    const command = [process.execPath, "--conditions=wecom-push-source", child, disk]
    const { stdout } = await run(unshare, [...mounting, ...command], {
      timeout: 150_000,
      // A server that ran before would not see the new mounts.
      env: { ...process.env, WECOM_PUSH_TEST_POSTGRES: undefined },
    })
    await rmdir(disk)
    const { refused, reads, told, stored, last, ends, shown }: SeenOnFullDisk = JSON.parse(stdout)
    assert.deepEqual([refused.status, refused.code], [503, "storage_full"])
    assert.ok(refused.retryAfter > 0)
    assert.deepEqual(reads, [200, 200, 200, 200])
    const well = { ready: 200, status: [true, null], storageUp: "1" }
    const full = { ready: 503, status: [false, "storage_full"], storageUp: "0" }
    assert.deepEqual(stored, Array(7).fill(201))
    assert.deepEqual(told, [well, full, full, full, full, full, full, well])
    assert.equal(last, 202)
    assert.deepEqual(ends, ["sent", "sent", "sent", "sent"])
    assert.deepEqual(shown.toSorted(), ["held 0", "held 1", "held 2", "last"])
  },
)

// proves D14: a full disk of the server
test("D14: while the server says that its disk is full what is posted is 503 and the gateway tells why; after that all continues, once", async () => {
  await using several = await startSeveral(1)
  const tell = async (): Promise<unknown[]> => {
    const ready = await several.request(0, "/readyz")
    const { json } = await several.request(0, "/v1/status")
    return [ready.status, json["database"]["trouble"]]
  }
  await several.fault({ path: "message/send", kind: "slow", delay_ms: 1000, times: 1 })
  const held = await several.request(0, "/v1/messages", { body: body("held") })
  while ((await several.calls("/message/send")).length === 0) await sleep(10)
  await asAdmin(several, FULL_DISK)
  const refused = await several.request(0, "/v1/messages", { body: body("refused") })
  assert.deepEqual([refused.status, refused.json["code"]], [503, "storage_full"], refused.text)
  assert.ok(Number(refused.headers.get("retry-after")) > 0)
  await several.until(0, held.json.id, "sent")
  // The outcome found room in existing pages, which does not show that there is space.
  assert.deepEqual(await tell(), [503, "storage_full"])
  await asAdmin(several, SPACE_AGAIN)
  while ((await several.request(0, "/readyz")).status !== 200) await sleep(50)
  assert.deepEqual(await tell(), [200, null])
  const last = await several.request(0, "/v1/messages", { body: body("last") })
  assert.equal(last.status, 202, last.text)
  await several.until(0, last.json.id, "sent")
  const shown = (await several.phone("zhangsan")).map((message) => message["body"]["text"]["content"])
  assert.deepEqual(shown, ["held", "last"])
})

// proves D16: transactions over calls
test("D16: no transaction stays open while WeCom is asked", async () => {
  await using several = await startSeveral(1)
  await several.fault({ path: "message/send", kind: "slow", delay_ms: 1500, times: 9 })
  const { json } = await several.request(0, "/v1/messages", { body: body("slow") })
  while ((await several.calls("/message/send")).length === 0) await sleep(10)
  for (let looks = 0; looks < 20; looks++) {
    const idle = await asAdmin(
      several,
      "select query from pg_stat_activity where datname = current_database() and state = 'idle in transaction' and state_change < now() - interval '200 ms'",
    )
    assert.deepEqual(idle, [])
    await sleep(40)
  }
  await several.until(0, json.id, "sent")
})

/** Statements that need new pages fail as on a full disk: messages, and the gateway's own check for space. */
const FULL_DISK = `
  create function public.full_disk() returns trigger language plpgsql as
    $$ begin raise disk_full using message = 'could not extend file'; end $$;
  create function public.full_for_tables() returns event_trigger language plpgsql as
    $$ begin raise disk_full using message = 'could not extend file'; end $$;
  create trigger full_disk before insert on wecom_push.messages for each row execute function public.full_disk();
  create event trigger full_for_tables on ddl_command_start execute function public.full_for_tables()`
const SPACE_AGAIN = `
  drop event trigger full_for_tables;
  drop trigger full_disk on wecom_push.messages`

interface Behind extends AsyncDisposable {
  readonly several: Several
  fault: (sent: Buffer) => WayFault
}

/** One gateway, whose connection to its database fails as `fault` says. */
async function startBehind(): Promise<Behind> {
  await using started = new AsyncDisposableStack()
  const several = started.use(await startSeveral(0))
  const behind = { several, fault: none as Behind["fault"] }
  const way = started.use(await FaultyWay.to(several.url, (sent) => behind.fault(sent)))
  await several.start({ WECOM_PUSH_DATABASE_URL: way.url })
  const kept = started.move()
  return Object.assign(behind, { [Symbol.asyncDispose]: () => kept.disposeAsync() })
}

function none(): undefined {}

/** The statement by which pg-boss takes jobs. */
function isFetch(sent: Buffer): boolean {
  const text = sent.toString("latin1")
  return /set\s+state = 'active',\s+started_on/i.test(text) && text.includes("turns_normal")
}

/** Not the messages that open a connection. */
function isStatement(sent: Buffer): boolean {
  return "QPBS".includes(String.fromCodePoint(sent[0] ?? 0))
}

function pointPassed(name: string): { readonly isPassed: boolean; stop(): void } {
  const state = { isPassed: false, stop: () => unsubscribe("wecom-push:point", listen) }
  const listen = (message: unknown): void => {
    state.isPassed ||= (message as { point: string }).point === name
  }
  subscribe("wecom-push:point", listen)
  return state
}

async function asAdmin({ url }: Several, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
