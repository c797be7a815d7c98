import { availableParallelism } from "node:os"
import { startServer, untilSends } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { ADMIN_KEY, APP } from "./lib/gateway/plan.ts"
import { callsAt, serve, until } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { takeTurns } from "./lib/rounds.ts"
import type { Runner } from "./lib/rounds.ts"

/** Each of these agents may have more calls under way than a node makes at once, so that no agent is the limit. */
const APPS = ["a", "b", "c", "d"]
const CONCURRENT_CALLS = 1000
/** WeCom's answer times, each with as many messages in a round as take about ten seconds. */
const LOADS = [
  { answersAfterMs: 50, messages: 4000, atLeast: 1.7 },
  { answersAfterMs: 500, messages: 3000, atLeast: 1.7 },
] as const
const BATCH_SIZE = 500
const TAKING_IN_MS = 10_000

/**
 * Measures what a second gateway on the same PostgreSQL adds. A node has at most a hundred calls under way, over all apps. That
 * limits it when WeCom is slow; when WeCom is fast, the processor is the limit.
 */
export async function nodesTwo(report: Report): Promise<void> {
  for (const load of LOADS) await compare(report, load)
}

async function compare(report: Report, { answersAfterMs, messages, atLeast }: (typeof LOADS)[number]): Promise<void> {
  await using postgres = await startPostgres()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", [`delay=${answersAfterMs}`])
  const [alone, shared] = [await postgres.newDatabase("alone"), await postgres.newDatabase("shared")]
  await using one = await serve(folder, stub.port, { databaseUrl: alone })
  await using first = await serve(folder, stub.port, { databaseUrl: shared })
  await using second = await serve(folder, stub.port, { databaseUrl: shared })
  for (const gateway of [one, first]) await addApps(gateway)
  const before = postgres.conditions()
  const result = await takeTurns(
    [runner("one", [one], stub, messages), runner("two", [first, second], stub, messages)],
    { rounds: 2 },
  )
  report.note(
    `nodes-two: the gateways, PostgreSQL and the WeCom stub share ${availableParallelism()} processors; WeCom answers after ${answersAfterMs} ms`,
  )
  report.note(`nodes-two: before ${before}; after ${postgres.conditions()}`)
  const told = (name: string): string => `${Math.round(result.rate(name))}/s`
  report.add({
    what: `two gateways on one PostgreSQL / one, WeCom answering after ${answersAfterMs} ms`,
    measured: result.ratio("two", "one"),
    atLeast,
    note: `${told("two")}; one ${told("one")}; the hundred calls that a node has under way at most are ${(100_000 / answersAfterMs).toFixed(0)}/s; ${messages} messages a round, to ${APPS.length} apps`,
  })
}

async function addApps(gateway: ServedGateway): Promise<void> {
  for (const [index, name] of APPS.entries()) {
    const answer = await fetch(`${gateway.url}/v1/apps`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
      body: JSON.stringify({
        name,
        corp_id: APP.corpId,
        agent_id: APP.agentId + 1 + index,
        secret: APP.secret,
        settings: { concurrent_calls: CONCURRENT_CALLS },
      }),
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
}

function runner(name: string, gateways: readonly ServedGateway[], stub: ServerChild, messages: number): Runner {
  let person = 0
  const sent = async (): Promise<number> => {
    let sum = 0
    for (const gateway of gateways) sum += await gateway.sent()
    return sum
  }
  const round = async (): Promise<number> => {
    const dueAt = Date.now() + TAKING_IN_MS
    const message = (): object => ({
      app: APPS[person % APPS.length],
      to: { users: [`member-${person}`] },
      msgtype: "text",
      text: { content: `你好 ${person++}` },
      send_at: new Date(dueAt).toISOString(),
    })
    const [callsBefore, sentBefore] = [await callsAt(stub.port), await sent()]
    for (let taken = 0; taken < messages; taken += BATCH_SIZE) {
      const [gateway] = gateways
      if (gateway === undefined) throw new Error("there is no gateway")
      using client = await RawClient.connect(gateway.port, 1)
      const batch = JSON.stringify(Array.from({ length: BATCH_SIZE }, message))
      await client.post("/v1/messages/batch", ADMIN_KEY, batch, 200)
    }
    if (Date.now() > dueAt) throw new Error("taking the messages in took longer than planned for")
    // The gateway looks for due messages once a second; that wait is not to be measured.
    await untilSends(stub, callsBefore + 1)
    const startedAt = Date.now()
    await untilSends(stub, callsBefore + messages)
    await until(async () => (await sent()) - sentBefore >= messages)
    return messages / ((Date.now() - startedAt) / 1000)
  }
  return { name, round }
}
