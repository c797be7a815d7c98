import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { startGateway } from "../../app/main.ts"
import type { Finding } from "../../store/finding.ts"
import { examinePostgres } from "../../store/postgres/examine.ts"
import { startCluster, startStandby } from "../../store/postgres/testing/cluster.ts"
import type { Cluster } from "../../store/postgres/testing/cluster.ts"
import { ADMIN_KEY } from "./testing/start-gateway.ts"

const MASTER_KEY = "07".repeat(32)
/** The settings of both servers. */
const SETTINGS = ["wal_level=logical"]

// proves D9: failover to a standby
test("D9: a start and the doctor tell that standbys are asynchronous, and only while they are", async () => {
  await using started = new AsyncDisposableStack()
  const adopt = (cluster: Cluster): Cluster => started.adopt(cluster, () => cluster.stop())
  const primary = adopt(await startCluster(SETTINGS))
  await primary.admin("create database gateway")
  const url = `postgres://postgres:postgres@/gateway?host=${encodeURIComponent(primary.socketFolder)}`
  const set = async (statement: string): Promise<void> => {
    await primary.admin(statement)
    await primary.admin("select pg_reload_conf()")
  }
  await using _ = await readLog(primary, url)
  assert.deepEqual(
    await toldAt(url),
    { atStart: [], durability: "synchronous standbys: none" },
    "a reader of the log is none",
  )
  adopt(await startStandby(primary, SETTINGS))
  while ((await primary.admin("select from pg_stat_replication where state = 'streaming'")).length < 2) await sleep(20)
  const asynchronous = { atStart: [1], durability: "asynchronous standbys: 1" }
  assert.deepEqual(await toldAt(url), asynchronous)
  await set("alter system set synchronous_standby_names = '*'")
  assert.deepEqual(await toldAt(url), { atStart: [], durability: "synchronous standbys: *" })
  await primary.admin("alter database gateway set synchronous_commit = local")
  assert.deepEqual(await toldAt(url), asynchronous, "no commit waits for those that are named")
})

interface Told {
  /** The number of standbys in each line about them that a start logs. */
  readonly atStart: readonly number[]
  readonly durability: string | undefined
}

async function toldAt(url: string): Promise<Told> {
  const atStart: number[] = []
  const gateway = await startGateway({
    environment: {
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_PUSH_DATABASE_URL: url,
      WECOM_PUSH_MASTER_KEY: MASTER_KEY,
    },
    port: 0,
    logTo: {
      write(line) {
        const { level, msg, standbys }: { level: string; msg: string; standbys?: number } = JSON.parse(line)
        if (standbys === undefined) return
        assert.match(`${level} ${msg}`, /^info .*asynchronous.*is lost/)
        atStart.push(standbys)
      },
    },
  })
  await gateway[Symbol.asyncDispose]()
  const findings: Finding[] = []
  const options = { url, masterKey: Buffer.from(MASTER_KEY, "hex"), maxConnections: 10 }
  for await (const finding of examinePostgres(options)) findings.push(finding)
  const durability = findings.find(({ step }) => step === "durability")
  assert.equal(durability?.state, "ok")
  const { en } = durability.detail
  return { atStart, durability: /(?:a?synchronous) standbys: [^.]+/.exec(en)?.[0] }
}

/** Connects as a program does that passes changes on. The server lists it among those that follow it. */
async function readLog(primary: Cluster, url: string): Promise<AsyncDisposable> {
  const replicating = { connectionString: url, replication: "database" }
  const client = new Client(replicating)
  await client.connect()
  // The error when the server ends.
  client.on("error", () => {})
  await client.query("create publication changes")
  await client.query("select pg_create_logical_replication_slot('changes', 'pgoutput')")
  client
    .query("START_REPLICATION SLOT changes LOGICAL 0/0 (proto_version '1', publication_names 'changes')")
    .catch(() => {
      // The replication ends with the connection.
    })
  while ((await primary.admin("select from pg_stat_replication where state = 'streaming'")).length < 1) await sleep(20)
  return { [Symbol.asyncDispose]: () => client.end() }
}
