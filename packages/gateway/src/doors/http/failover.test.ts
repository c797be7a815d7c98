import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startCluster, startStandby } from "../../store/postgres/testing/cluster.ts"
import type { Cluster } from "../../store/postgres/testing/cluster.ts"
import { Gate } from "../../store/postgres/testing/gate.ts"
import { testConnection } from "../../store/postgres/testing/test-connection.ts"
import { ADMIN_KEY } from "./testing/start-gateway.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const SETTINGS = ["fsync=off"]
const PEOPLE = ["zhangsan", "lisi", "WangWu"]

// proves D9: failover to a standby
test("D9: a primary is lost under load and its standby promoted: 503 with a time until then, and nothing that was accepted is lost", async () => {
  await using world = await startPair()
  await world.primary.admin("alter system set synchronous_standby_names = '*'")
  await world.primary.admin("select pg_reload_conf()")
  const posted = Array.from({ length: 30 }, (_, n) => `no-${n}`)
  const answers = new Map<string, TestAnswer>()
  const killed = Promise.withResolvers<void>()
  const posting = (async () => {
    for (const [n, content] of posted.entries()) {
      // On a busy machine the primary may still run when all of them are done.
      if (n === 25) await killed.promise
      answers.set(content, await post(world.several, content))
      await sleep(20)
    }
  })()
  await until(() => answers.size >= 10)
  await world.primary.kill()
  killed.resolve()
  await posting
  const refused = posted.filter((content) => answers.get(content)?.status !== 202)
  assert.ok(refused.length > 0 && refused.length <= 20, `${refused.length} refused`)
  for (const content of refused) isRefused(answers.get(content))

  await world.lead(world.standby)
  await until(async () => (await connectionsOf(world.standby)) > 0)
  for (let n = 0; n < 5; n++) {
    isRefused(await post(world.several, "to-a-standby"))
    assert.equal((await world.several.request(0, "/readyz")).status, 503)
    assert.equal((await world.several.request(0, "/healthz")).status, 200)
    await sleep(200)
  }

  await world.standby.admin("select pg_promote()")
  await until(async () => (await world.several.request(0, "/readyz")).status === 200)
  // Requests that got 503 may have been stored: the same key makes no second message.
  const again = new Map<string, TestAnswer>()
  for (const content of posted) again.set(content, await post(world.several, content))
  for (const content of posted) {
    const [before, now] = [answers.get(content), again.get(content)]
    assert.ok((now?.status ?? 0) < 300, now?.text)
    if (before?.status === 202) assert.equal(now?.json.id, before.json.id, `${content} was accepted and is lost`)
    await world.several.until(0, now?.json.id, "sent")
  }
  const shown = await Promise.all(PEOPLE.map((userid) => world.several.phone(userid)))
  assert.deepEqual(
    shown
      .flat()
      .map((message) => String(message["body"]["text"]["content"]))
      .toSorted(),
    posted.toSorted(),
  )
})

// proves D9: failover to a standby
// proves 29.P9: a standby that lacks the last commits
test("P9, D9: what a promoted standby lacks each gateway finds out: what may have been sent is parked, followers get a reset", async () => {
  await using world = await startPair(2)
  const { several } = world
  const both = [0, 1]
  const kept = await post(several, "kept-0")
  await several.until(0, kept.json.id, "sent")
  await several.fault({ path: "message/send", kind: "hang_after", times: 1 })
  const underWay = await post(several, "under-way-1")
  await until(async () => (await several.phone("lisi")).length > 0)
  const later = await post(several, "later-0", 0, { send_at: new Date(Date.now() + 3_600_000).toISOString() })

  const inStandby = await latestEvent(world.primary)
  await until(async () => (await latestEvent(world.standby)) === inStandby)
  await world.standby.admin("alter system set primary_conninfo = ''")
  await world.standby.admin("select pg_reload_conf()")
  await until(async () => !(await isFollowed(world.primary)))
  const app = { name: "fresh", corp_id: several.simulator.org.corp_id, agent_id: 1_000_003, secret: "s" }
  assert.equal((await several.request(0, "/v1/apps", { body: app })).status, 201)
  const lost: string[] = []
  for (let n = 0; n < 24; n++) lost.push(String((await post(several, `lost-${n}`, n % 2)).json.id))
  await several.until(1, lost[0] ?? "", "sent")
  for (const node of both) assert.equal((await several.request(node, "/v1/apps/fresh")).status, 200)
  const lastId = String(await latestEvent(world.primary))
  await using live = await follow(several, 1, lastId)
  const before = several.gateways.map(({ log }) => log)

  await world.primary.kill()
  await world.lead(world.standby)
  await world.standby.admin("select pg_promote()")
  await live.ended
  // Each starts again in the same process, on the same port.
  await until(() => several.gateways.every(({ log }, node) => log !== before[node]))
  for (const node of both) assert.equal((await several.request(node, `/v1/messages/${lost[0]}`)).status, 404)
  await using resumed = await follow(several, 1, lastId)
  const events = Array.from({ length: 20 }, (_, n) => post(several, `after-${n}`, n % 2))
  const after = (await Promise.all(events)).map(({ json }) => String(json.id))
  for (const id of after) await several.until(0, id, "sent")
  const isAccepted = ({ data }: Told): boolean => data.type === "message.accepted" && after.includes(data.message_id)
  await until(() => resumed.told.filter(isAccepted).length === after.length)
  const [reset, oldest] = resumed.told
  assert.deepEqual(
    [reset?.data.type, reset?.data.data],
    ["reset", { last_event_id: Number(lastId), reason: "restored" }],
  )
  assert.ok(oldest !== undefined && oldest.data.id < inStandby, "the oldest there are follow")

  for (const node of both) {
    assert.equal((await several.request(node, "/v1/apps/fresh")).status, 404, `the app on node ${node}`)
    assert.equal((await several.request(node, `/v1/messages/${kept.json.id}`)).json.state, "sent")
    assert.equal((await several.request(node, `/v1/messages/${later.json.id}`)).json.state, "scheduled")
    const { json } = await several.request(node, `/v1/messages/${underWay.json.id}/recipients`)
    assert.deepEqual([json.items[0].state, json.items[0].reason], ["in_doubt", "restored_backup"])
  }
  assert.equal((await several.phone("lisi")).filter(isOf("under-way-1")).length, 1)
  assert.equal(
    several.gateways.reduce((sum, { parkedMessages }) => sum + parkedMessages, 0),
    1,
  )
})

interface Pair extends AsyncDisposable {
  readonly primary: Cluster
  readonly standby: Cluster
  readonly several: Several
  /** From now on the gateways' database address leads to this server. */
  lead(to: Cluster): Promise<void>
}

/** Gateways, and two servers of which one follows the other. */
async function startPair(gateways = 1): Promise<Pair> {
  await using started = new AsyncDisposableStack()
  const adopt = (cluster: Cluster): Cluster => started.adopt(cluster, () => cluster.stop())
  const primary = adopt(await startCluster(SETTINGS))
  await primary.admin("create database gateway")
  const standby = adopt(await startStandby(primary, SETTINGS))
  const url = `postgres://postgres:postgres@/gateway?host=${encodeURIComponent(primary.socketFolder)}`
  const gate = started.use(new Gate(url))
  await gate.open()
  const several = started.use(await startSeveral(0))
  for (let n = 0; n < gateways; n++) await several.start({ WECOM_PUSH_DATABASE_URL: gate.url(url) })
  const kept = started.move()
  return {
    primary,
    standby,
    several,
    async lead(to) {
      await gate.shut()
      gate.leadTo(to.socketFolder)
      await gate.open()
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** The content is also its idempotency key. */
function post(several: Several, content: string, node = 0, more: object = {}): Promise<TestAnswer> {
  const users = [PEOPLE[Number(/\d+/.exec(content)?.[0] ?? 0) % PEOPLE.length]]
  const body = { app: "alerts", to: { users }, msgtype: "text", text: { content }, ...more }
  return several.request(node, "/v1/messages", { body, headers: { "idempotency-key": content } })
}

function isRefused(answer: TestAnswer | undefined): void {
  assert.equal(answer?.status, 503, answer?.text)
  assert.ok(Number(answer.headers.get("retry-after")) > 0)
}

interface Told {
  readonly data: {
    readonly id: number
    readonly type: string
    readonly message_id: string
    readonly data: unknown
  }
}

interface Follower extends AsyncDisposable {
  readonly told: readonly Told[]
  readonly ended: Promise<void>
}

async function follow({ gateways }: Several, node: number, lastEventId: string): Promise<Follower> {
  const leaving = new AbortController()
  const { body } = await fetch(`${gateways[node]?.url}/v1/events`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": lastEventId },
    signal: leaving.signal,
  })
  const told: Told[] = []
  const read = async (): Promise<void> => {
    let text = ""
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + piece).split("\n\n")
      text = blocks.pop() ?? ""
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1]
        if (data !== undefined && data !== "") told.push({ data: JSON.parse(data) })
      }
    }
  }
  const ended = read().catch(() => undefined)
  return {
    told,
    ended,
    async [Symbol.asyncDispose]() {
      leaving.abort()
      await ended
    },
  }
}

async function latestEvent({ socketFolder }: Cluster): Promise<number> {
  const connection = testConnection({ host: socketFolder, user: "postgres", password: "postgres", database: "gateway" })
  try {
    const { rows } = await connection.query<{ id: string }>("select max(id) as id from wecom_push.events")
    return Number(rows[0]?.id)
  } finally {
    await connection.end()
  }
}

async function connectionsOf(cluster: Cluster): Promise<number> {
  const [row] = await cluster.admin("select count(*)::integer from pg_stat_activity where datname = 'gateway'")
  return Number(row?.["count"])
}

const isOf =
  (content: string) =>
  (message: Awaited<ReturnType<Several["phone"]>>[number]): boolean =>
    message["body"].text.content === content

async function isFollowed(primary: Cluster): Promise<boolean> {
  return (await primary.admin("select from pg_stat_replication")).length > 0
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20)
}
