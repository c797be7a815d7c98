import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { Client } from "pg"
import type { ClientConfig } from "pg"
import { startSimulator } from "@wecom-push/simulator"
import { startGateway } from "../../app/main.ts"
import type { Gateway } from "../../app/main.ts"
import { ADMIN_KEY, request } from "../../doors/http/testing/start-gateway.ts"
import { MASTER_KEY } from "../testing/open-store.ts"
import { connect } from "./connection.ts"
import { examinePostgres } from "./examine.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { noPgBouncer, startPooler } from "./testing/pooler.ts"
import { Transactions } from "./transactions.ts"

const IGNORING = { ignore_startup_parameters: "statement_timeout,idle_in_transaction_session_timeout" }

// proves 13.L5: a pooler in transaction mode
test("a start through a pooler in transaction mode alone is refused, and leaves no lock behind", async () => {
  await using database = await newDatabase()
  await using pooler = await startPooler(database.url, "transaction", IGNORING)
  await assert.rejects(openNode(pooler.url), (error: Error) => {
    assert.match(error.message, /WECOM_PUSH_DATABASE_DIRECT_URL/)
    return Reflect.get(error, "code") === "pooled"
  })
  // Its lock would by now belong to another connection.
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  await using session = await startPooler(database.url, "session", IGNORING)
  await (await openNode(session.url)).stores[Symbol.asyncDispose]()
})

test("a direct address of another database, or one that leads to the pooler again, is refused", async () => {
  await using database = await newDatabase()
  await using other = await newDatabase()
  await using pooler = await startPooler(database.url, "transaction")
  await assert.rejects(openNode(pooler.url, { directUrl: other.url }), {
    code: "pooled",
    message: /is not the database/,
  })
  await assert.rejects(openNode(pooler.url, { directUrl: pooler.url }), {
    code: "pooled",
    message: /transaction mode/,
  })
})

// proves 13.L5: a pooler in transaction mode
test("two gateways through a pooler in transaction mode, with a direct address: each message arrives once, what one leaves the other sends, and a slow transaction ends", async () => {
  await using database = await newDatabase()
  await using pooler = await startPooler(database.url, "transaction", { default_pool_size: 4 })
  await using simulator = await startSimulator({ port: 0 })
  const start = (): Promise<Gateway> =>
    startGateway({
      environment: {
        WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
        WECOM_PUSH_DATABASE_URL: pooler.url,
        WECOM_PUSH_DATABASE_DIRECT_URL: database.url,
        WECOM_PUSH_MASTER_KEY: "07".repeat(32),
      },
      port: 0,
      baseUrl: simulator.url,
      apps: [{ name: "alerts", corpId: simulator.org.corp_id, agentId: 1_000_002, secret: "sim-secret-alerts" }],
      logTo: { write: () => {} },
    })
  await using one = await start()
  await using two = await start()
  const contents = Array.from({ length: 24 }, (_, n) => `no ${n}`)
  const ids = await Promise.all(
    contents.map(async (content, n) => {
      // Two members: what one leaves under way counts again when the other repeats it, and a member gets 30 a minute.
      const to = { users: [n % 4 < 2 ? "zhangsan" : "lisi"] }
      const body = { app: "alerts", to, msgtype: "text", text: { content } }
      const { status, json } = await request(`${(n % 2 === 0 ? one : two).url}/v1/messages`, { body })
      assert.equal(status, 202, JSON.stringify(json))
      return String(json.id)
    }),
  )
  for (const id of ids) {
    for (const from = performance.now(); ; await sleep(20)) {
      const { json } = await request(`${two.url}/v1/messages/${id}`)
      if (json.state === "sent") break
      assert.ok(performance.now() - from < 30_000, JSON.stringify(json))
    }
    // From here on only the other one works.
    if (id === ids[11]) await one.stop(0)
  }
  const answer = await fetch(`${simulator.url}/_sim/messages`)
  const { messages } = (await answer.json()) as { messages: { body: { text: { content: string } } }[] }
  assert.deepEqual(messages.map(({ body }) => body.text.content).toSorted(), contents.toSorted())

  const db = connect({ url: pooler.url, maxConnections: 1, isPooled: true, onLost: () => undefined })
  const { rows } = await new Transactions(db, true).run((tx) =>
    sql`select current_setting('statement_timeout') as most,
      current_setting('idle_in_transaction_session_timeout') as idle`.execute(tx),
  )
  await db.destroy()
  assert.deepEqual(rows, [{ most: "7s", idle: "3s" }])
  for await (const { step, state, detail } of examinePostgres({
    url: pooler.url,
    directUrl: database.url,
    masterKey: MASTER_KEY,
    maxConnections: 10,
  })) {
    if (step === "pooling") assert.deepEqual([state, /go past it/.test(detail.en)], ["ok", true])
  }
})

for (const { program, which, skip } of [
  { program: "pgbouncer", which: "PgBouncer", skip: noPgBouncer },
  { program: "own", which: "the tests' own pooler", skip: false },
] as const) {
  test(
    `${which} gives a connection to another client between two transactions, and not within one`,
    { skip },
    async () => {
      await using database = await newDatabase()
      await using pooler = await startPooler(database.url, "transaction", { default_pool_size: 1 }, program)
      await using one = await connected(pooler.url)
      await using other = await connected(pooler.url)
      await one.client.query("begin")
      const mine = await backendOf(one.client)
      let isServed = false
      const served = backendOf(other.client).finally(() => (isServed = true))
      await one.client.query("create temporary table t on commit drop as select 1 as a")
      assert.equal((await one.client.query("select * from t")).rowCount, 1)
      assert.equal(isServed, false)
      await one.client.query("commit")
      assert.equal(await served, mine)
      // A setting for a session applies to the next client of the connection.
      await one.client.query("set work_mem = '5MB'")
      const { rows } = await other.client.query("select current_setting('work_mem') as memory")
      assert.deepEqual(rows, [{ memory: "5MB" }])
    },
  )

  test(`${which} gives a connection to one client for as long as it is there, in session mode`, { skip }, async () => {
    await using database = await newDatabase()
    await using pooler = await startPooler(database.url, "session", {}, program)
    await using one = await connected(pooler.url)
    await using other = await connected(pooler.url)
    const [mine, others] = [await backendOf(one.client), await backendOf(other.client)]
    assert.notEqual(mine, others)
    await one.client.query("select pg_advisory_lock(1)")
    assert.equal(await backendOf(one.client), mine)
    await one[Symbol.asyncDispose]()
    await other.client.query("select pg_advisory_lock(1)")
    assert.equal(await backendOf(other.client), others)
  })

  test(`${which} refuses settings that come with a connection, unless it is set to ignore them`, { skip }, async () => {
    await using database = await newDatabase()
    await using strict = await startPooler(database.url, "transaction", {}, program)
    const timeouts = { statement_timeout: 1000, idle_in_transaction_session_timeout: 1000 }
    await assert.rejects(connected(strict.url, timeouts), /unsupported startup parameter: /)
    await using lenient = await startPooler(database.url, "transaction", IGNORING, program)
    await using client = await connected(lenient.url, timeouts)
    assert.ok((await backendOf(client.client)) > 0)
  })
}

interface Connected extends AsyncDisposable {
  readonly client: Client
}

async function connected(url: string, more: ClientConfig = {}): Promise<Connected> {
  const client = new Client({ connectionString: url, ...more })
  await client.connect()
  let ended: Promise<void> | undefined
  return { client, [Symbol.asyncDispose]: () => (ended ??= client.end()) }
}

async function backendOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid")
  return rows[0]?.pid ?? 0
}
