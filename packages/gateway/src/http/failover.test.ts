import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { startCluster, startStandby } from "../store/postgres/testing/cluster.ts"
import type { Cluster } from "../store/postgres/testing/cluster.ts"
import { Gate } from "../store/postgres/testing/gate.ts"
import type { TestAnswer } from "./testing/start-gateway.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const SETTINGS = ["fsync=off"]
const PEOPLE = ["zhangsan", "lisi", "WangWu"]

test("D9: a primary is lost under load and its standby promoted: 503 with a time until then, and nothing that was accepted is lost", async () => {
  await using world = await startPair()
  await world.primary.admin("alter system set synchronous_standby_names = '*'")
  await world.primary.admin("select pg_reload_conf()")
  const posted = Array.from({ length: 30 }, (_, n) => `no-${n}`)
  const answers = new Map<string, TestAnswer>()
  const posting = (async () => {
    for (const content of posted) {
      answers.set(content, await post(world.several, content))
      await sleep(20)
    }
  })()
  await until(() => answers.size >= 10)
  await world.primary.kill()
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
  // Those whose answer was 503 may have been stored: the same key makes no second message.
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

test("D9: what an asynchronous standby has not got when it is promoted is lost, as the guide says, and the gateway goes on", async () => {
  await using world = await startPair()
  const kept = await post(world.several, "kept")
  await world.several.until(0, kept.json.id, "sent")
  await world.standby.admin("alter system set primary_conninfo = ''")
  await world.standby.admin("select pg_reload_conf()")
  await until(async () => !(await isFollowed(world.primary)))
  const lost = await post(world.several, "lost")
  assert.equal(lost.status, 202)
  await world.primary.kill()
  await world.lead(world.standby)
  await world.standby.admin("select pg_promote()")
  await until(async () => (await world.several.request(0, "/readyz")).status === 200)
  assert.equal((await world.several.request(0, `/v1/messages/${kept.json.id}`)).status, 200)
  assert.equal((await world.several.request(0, `/v1/messages/${lost.json.id}`)).status, 404)
  const last = await post(world.several, "after")
  assert.equal(last.status, 202, last.text)
  await world.several.until(0, last.json.id, "sent")
})

interface Pair extends AsyncDisposable {
  readonly primary: Cluster
  readonly standby: Cluster
  readonly several: Several
  /** From now on the address that the gateway has leads there. */
  lead(to: Cluster): Promise<void>
}

/** A gateway, and two servers of which one follows the other. */
async function startPair(): Promise<Pair> {
  await using started = new AsyncDisposableStack()
  const adopt = (cluster: Cluster): Cluster => started.adopt(cluster, () => cluster.stop())
  const primary = adopt(await startCluster(SETTINGS))
  await primary.admin("create database gateway")
  const standby = adopt(await startStandby(primary, SETTINGS))
  const url = `postgres://postgres:postgres@/gateway?host=${encodeURIComponent(primary.socketFolder)}`
  const gate = started.use(new Gate(url))
  await gate.open()
  const several = started.use(await startSeveral(0))
  await several.start({ WECOM_PUSH_DATABASE_URL: gate.url(url) })
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

/** Its content is its key. */
function post(several: Several, content: string): Promise<TestAnswer> {
  const users = [PEOPLE[Number(/\d+/.exec(content)?.[0] ?? 0) % PEOPLE.length]]
  const body = { app: "alerts", to: { users }, msgtype: "text", text: { content } }
  return several.request(0, "/v1/messages", { body, headers: { "idempotency-key": content } })
}

function isRefused(answer: TestAnswer | undefined): void {
  assert.equal(answer?.status, 503, answer?.text)
  assert.ok(Number(answer.headers.get("retry-after")) > 0)
}

async function connectionsOf(cluster: Cluster): Promise<number> {
  const [row] = await cluster.admin("select count(*)::integer from pg_stat_activity where datname = 'gateway'")
  return Number(row?.["count"])
}

async function isFollowed(primary: Cluster): Promise<boolean> {
  return (await primary.admin("select from pg_stat_replication")).length > 0
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20)
}
