import { setTimeout as sleep } from "node:timers/promises"
import { startServer } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { callsAt, serve, until } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { median } from "./lib/rounds.ts"

const ROUNDS = 20
/** How many calls the killed gateway has under way. */
const AT_WORK = 10
/** Longer than a round, so that WeCom never answers the killed gateway. */
const NEVER_MS = 3_600_000

/**
 * Kills one of two gateways on PostgreSQL while it has calls under way that WeCom has not answered, and measures the time until
 * the other gateway makes the first of those calls, and all of them. Each gateway has a WeCom of its own, which shows the caller.
 */
export async function nodesTakeover(report: Report): Promise<void> {
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using silent = await startServer("lib/stub.ts", [`delay=${NEVER_MS}`])
  await using stub = await startServer("lib/stub.ts", ["tell-arrivals"])
  const databaseUrl = await postgres.newDatabase("gateway")
  await using survivor = await serve(folder, stub.port, { databaseUrl })
  const before = postgres.conditions()
  const rounds: { firstMs: number; allMs: number }[] = []
  for (let n = 0; n < ROUNDS; n++) {
    await using dying = await serve(folder, silent.port, { databaseUrl })
    await fill(dying.port, silent, `round-${n}`)
    // The messages that the survivor took have been sent.
    await until(async () => (await survivor.unfinished()) === AT_WORK)
    const calls = await callsAt(stub.port)
    const arrival = stub.told<string>("arrivedAt")
    const killedAt = process.hrtime.bigint()
    await dying.kill()
    const firstMs = Number(BigInt(await arrival) - killedAt) / 1e6
    await until(async () => (await callsAt(stub.port)) - calls >= AT_WORK)
    rounds.push({ firstMs, allMs: Number(process.hrtime.bigint() - killedAt) / 1e6 })
    await until(async () => (await survivor.unfinished()) === 0)
  }
  const first = rounds.map(({ firstMs }) => firstMs)
  const all = rounds.map(({ allMs }) => allMs)
  report.note(`nodes-takeover: before ${before}; after ${postgres.conditions()}`)
  report.add({
    what: "takeover after kill -9, until the other gateway has called WeCom for all that the dead one had under way",
    measured: worstSeconds(all),
    atMost: 2,
    unit: "s",
    note: `the worst of ${ROUNDS}, median ${(median(all) / 1000).toFixed(2)} s; the first call after ${worstSeconds(first).toFixed(2)} s at worst; ${AT_WORK} calls each time; the kernel ends the connections of a process, those of a machine that is gone end after some 11 s by keepalive`,
  })
}

/** Posts messages until the gateway to be killed has `AT_WORK` calls under way. */
async function fill(port: number, silent: ServerChild, round: string): Promise<void> {
  using client = await RawClient.connect(port, 1)
  const before = await callsAt(silent.port)
  for (let n = 0; ; n++) {
    const under = (await callsAt(silent.port)) - before
    if (under === AT_WORK) return
    if (under > AT_WORK) throw new Error(`${under} calls are under way`)
    const message = { to: { users: [`${round}-${n}`] }, msgtype: "text", text: { content: `你好 ${round} ${n}` } }
    await client.post("/v1/messages", ADMIN_KEY, JSON.stringify(message))
    await sleep(50)
  }
}

function worstSeconds(ms: readonly number[]): number {
  return Math.max(...ms) / 1000
}
