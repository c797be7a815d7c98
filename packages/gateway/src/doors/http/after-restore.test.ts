import assert from "node:assert/strict"
import { rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { startGateway } from "../../app/main.ts"
import type { Gateway, GatewayOptions } from "../../app/main.ts"
import { newDatabase } from "../../store/postgres/testing/cluster.ts"
import { noTools, startDebianServer } from "../../store/postgres/testing/debian-server.ts"
import { ADMIN_KEY, request } from "./testing/start-gateway.ts"

function start(url: string, simulator: Simulator, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  return startGateway({
    environment: {
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_PUSH_DATABASE_URL: url,
      WECOM_PUSH_MASTER_KEY: "07".repeat(32),
    },
    port: 0,
    baseUrl: simulator.url,
    apps: [{ name: "alerts", corpId: simulator.org.corp_id, agentId: 1_000_002, secret: "sim-secret-alerts" }],
    logTo: { write: () => {} },
    ...options,
  })
}

async function post(
  gateway: Gateway,
  content: string,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const body = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content }, ...changes }
  const { status, json } = await request(`${gateway.url}/v1/messages`, { body })
  assert.equal(status, 202, JSON.stringify(json))
  return String(json.id)
}

async function until(gateway: Gateway, id: string, state: string): Promise<void> {
  for (const from = performance.now(); ; await sleep(20)) {
    const { json } = await request(`${gateway.url}/v1/messages/${id}`)
    if (json.state === state) return
    assert.ok(performance.now() - from < 60_000, `${id} is ${json.state}, and not ${state}`)
  }
}

const stateOf = async (gateway: Gateway, id: string): Promise<unknown> =>
  (await request(`${gateway.url}/v1/messages/${id}`)).json.state

async function shown({ url }: Simulator): Promise<readonly string[]> {
  const answer = await fetch(`${url}/_sim/messages`)
  const { messages } = (await answer.json()) as { messages: { body: { text: { content: string } } }[] }
  return messages.map(({ body }) => body.text.content)
}

/** Whether calls of this text asked WeCom to drop an equal one. */
async function checksOf({ url }: Simulator, content: string): Promise<readonly unknown[]> {
  const answer = await fetch(`${url}/_sim/calls`)
  const { calls } = (await answer.json()) as { calls: { path: string; body: Record<string, unknown> | null }[] }
  return calls.flatMap(({ path, body }) =>
    path.endsWith("/message/send") && JSON.stringify(body).includes(content) ? [body?.["enable_duplicate_check"]] : [],
  )
}

async function hang({ url }: Simulator): Promise<void> {
  const body = JSON.stringify({ path: "message/send", kind: "hang_after", times: 1 })
  await fetch(`${url}/_sim/faults`, { method: "POST", headers: { "content-type": "application/json" }, body })
}

async function query(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statement)
  await client.end()
}

interface Left {
  readonly open: readonly string[]
  readonly scheduled: string
  readonly sent: string
}

/** One message is sent, one is on its way, one waits for it, and one is for later. */
async function fill(gateway: Gateway, simulator: Simulator): Promise<Left> {
  const sent = await post(gateway, "sent before")
  await until(gateway, sent, "sent")
  await hang(simulator)
  const first = await post(gateway, "on its way", { order_key: "lane" })
  while (!(await shown(simulator)).includes("on its way")) await sleep(10)
  const second = await post(gateway, "behind it", { order_key: "lane" })
  const scheduled = await post(gateway, "for later", { send_at: new Date(Date.now() + 3_600_000).toISOString() })
  return { open: [first, second], scheduled, sent }
}

async function isParked(gateway: Gateway, { open, scheduled, sent }: Left): Promise<void> {
  assert.equal(gateway.parkedMessages, 2)
  for (const id of open) {
    assert.equal(await stateOf(gateway, id), "in_doubt")
    const { json } = await request(`${gateway.url}/v1/messages/${id}/recipients`)
    assert.equal(json.items[0].reason, "restored_backup")
  }
  assert.deepEqual([await stateOf(gateway, scheduled), await stateOf(gateway, sent)], ["scheduled", "sent"])
}

// proves 13.L4: a restore on PostgreSQL
test("S13: after a restore on PostgreSQL nothing goes out without consent but what is scheduled, and nothing is swallowed for four hours", async () => {
  await using database = await newDatabase()
  await using simulator = await startSimulator({ port: 0 })
  let left: Left
  {
    await using gateway = await start(database.url, simulator)
    left = await fill(gateway, simulator)
    await gateway.stop(0)
  }
  const name = new URL(database.url.replace("@/", "@x/")).pathname.slice(1)
  await sleep(200)
  await using backup = await newDatabase(`template ${name}`)
  // As if its clock had been a day fast: nevertheless the message was due at once.
  await query(
    backup.url,
    `update wecom_push.messages set accepted_at = accepted_at + 86400000, send_at = accepted_at + 86400000 where id = '${left.open[1]}'`,
  )
  {
    // Messages that the backup does not have.
    await using gateway = await start(database.url, simulator)
    for (const id of left.open) await until(gateway, id, "sent")
    await until(gateway, await post(gateway, "CPU high"), "sent")
  }
  const before = await shown(simulator)
  assert.deepEqual(before.toSorted(), ["CPU high", "behind it", "on its way", "sent before"])

  await using restored = await start(backup.url, simulator, { afterRestore: true })
  await isParked(restored, left)
  await until(restored, await post(restored, "CPU high"), "sent")
  assert.deepEqual(await shown(simulator), [...before, "CPU high"])
  assert.deepEqual(await checksOf(simulator, "CPU high"), [1, undefined])

  // The flag is only for the first start: by now other gateways may have sent messages that it would park.
  await assert.rejects(start(backup.url, simulator, { afterRestore: true }), { code: "locked" })
  await using second = await start(backup.url, simulator)
  assert.equal(second.parkedMessages, 0)
  await until(second, await post(second, "of the second"), "sent")
  assert.deepEqual(await checksOf(simulator, "of the second"), [undefined])

  const [again = ""] = left.open
  const retried = await request(`${restored.url}/v1/messages/${again}/retry`, { body: { states: ["in_doubt"] } })
  assert.equal(retried.status, 200, JSON.stringify(retried.json))
  await until(restored, again, "sent")

  await query(
    backup.url,
    "update wecom_push.meta set value = (value::bigint - 18000000)::text where name = 'restored_at'",
  )
  await using third = await start(backup.url, simulator)
  await restored.stop()
  await second.stop()
  await until(third, await post(third, "four hours later"), "sent")
  assert.deepEqual(await checksOf(simulator, "four hours later"), [1])
})

// proves 13.L4: a restore on PostgreSQL
test("a start after a restore that was cut off is continued by the next, whatever its flags", async () => {
  await using database = await newDatabase()
  await using simulator = await startSimulator({ port: 0 })
  let left: Left
  {
    await using gateway = await start(database.url, simulator)
    left = await fill(gateway, simulator)
    await gateway.stop(0)
  }
  await query(database.url, "insert into wecom_push.meta (name, value) values ('parking', '')")
  {
    await using gateway = await start(database.url, simulator)
    await isParked(gateway, left)
  }
  await using next = await start(database.url, simulator)
  assert.equal(next.parkedMessages, 0)
})

// proves 13.L4: a restore on PostgreSQL
test(
  "the drill: pg_dump while a gateway sends, the database lost, pg_restore, and a start after it",
  { skip: noTools },
  async () => {
    await using server = await startDebianServer()
    await using simulator = await startSimulator({ port: 0 })
    server.tool("createdb", "gateway")
    const url = server.urlOf("gateway")
    const dump = join(tmpdir(), `wecom-push-drill-${process.pid}.dump`)
    try {
      let left: Left
      let lost: string
      {
        await using gateway = await start(url, simulator)
        left = await fill(gateway, simulator)
        server.tool("pg_dump", "--format=custom", `--file=${dump}`, "gateway")
        lost = await post(gateway, "after the dump")
        await until(gateway, lost, "sent")
        await gateway.stop(0)
      }
      server.tool("dropdb", "--force", "gateway")
      server.tool("createdb", "gateway")
      server.tool("pg_restore", "--exit-on-error", "--dbname=gateway", dump)
      const before = await shown(simulator)
      await using gateway = await start(url, simulator, { afterRestore: true })
      await isParked(gateway, left)
      // The backup does not contain it.
      assert.equal((await request(`${gateway.url}/v1/messages/${lost}`)).status, 404)
      await until(gateway, await post(gateway, "after the restore"), "sent")
      assert.deepEqual(await shown(simulator), [...before, "after the restore"])
    } finally {
      rmSync(dump, { force: true })
    }
  },
)
