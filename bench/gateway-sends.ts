import { startServer, untilSends } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { takeInAhead } from "./lib/gateway/take-in-ahead.ts"
import { callsAt, serve, until } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { RawClient } from "./lib/raw-client.ts"
import { rawPoolSender } from "./lib/raw-pool.ts"
import { whyNoBullmq } from "./lib/oracles.ts"
import { startRedis } from "./lib/redis.ts"
import type { Report } from "./lib/report.ts"
import { takeTurns } from "./lib/rounds.ts"
import type { Runner } from "./lib/rounds.ts"

const IN_FLIGHT = 50
const MESSAGES = 8000

/**
 * Measures accepted to sent, with one message and one call for each person, and every outcome on the disk. Compared with an
 * undici Pool that stores nothing, and a BullMQ worker that keeps its outcomes in Redis. All three have 50 calls in flight to
 * the same stub.
 */
export async function gatewaySends(report: Report): Promise<void> {
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await using gateway = await serve(folder, stub.port)
  await using resources = new AsyncDisposableStack()
  const runners = [rawPool(stub.port, resources), gatewayRunner(gateway, stub)]
  const withoutBullmq = whyNoBullmq()
  if (withoutBullmq === undefined) runners.push(await bullmqRunner(folder, stub.port, resources))
  const result = await takeTurns(runners, { warmUps: 4 })
  const rate = (name: string): string => `${Math.round(result.rate(name))}/s`
  report.add({
    what: "gateway accepted → sent, per person / raw undici Pool",
    measured: result.ratio("gateway", "raw"),
    atLeast: 0.35,
    note: `${rate("gateway")}; raw ${rate("raw")}; ${MESSAGES} messages a round, each to another person, so that no limit of the governor is met`,
  })
  const besideBullmq = "gateway accepted → sent, per person / BullMQ worker + undici"
  if (withoutBullmq === undefined) {
    report.add({
      what: besideBullmq,
      measured: result.ratio("gateway", "bullmq"),
      atLeast: 1.2,
      note: `BullMQ ${rate("bullmq")}, appendfsync always`,
    })
  } else report.leaveOut(besideBullmq, withoutBullmq)
}

function rawPool(port: number, resources: AsyncDisposableStack): Runner {
  const sender = rawPoolSender(port)
  resources.defer(() => sender.close())
  const round = async (): Promise<number> => {
    const startedAt = performance.now()
    let left = MESSAGES
    const work = async (): Promise<void> => {
      while (left-- > 0) await sender.once()
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, work))
    return MESSAGES / ((performance.now() - startedAt) / 1000)
  }
  return { name: "raw", round }
}

/** Sends a round of messages that it has accepted before, to people who have got none. */
export function gatewayRunner(
  gateway: ServedGateway,
  stub: ServerChild,
  { name = "gateway", messages = MESSAGES } = {},
): Runner {
  let person = 0
  const round = async (): Promise<number> => {
    // A new connection for each round, because a gateway closes a connection that was idle during the others' turns.
    using client = await RawClient.connect(gateway.port, 1)
    const [calls, sent] = [await callsAt(stub.port), await gateway.sent()]
    const dueAt = await takeInAhead(client, { count: messages, aheadMs: TAKING_IN_MS, nextPerson: () => person++ })
    await untilSends(stub, calls + messages)
    // Only now, because reporting its figures costs the gateway time.
    await until(async () => (await gateway.sent()) - sent >= messages)
    return messages / ((Date.now() - dueAt) / 1000)
  }
  return { name, round }
}

/**
 * Long enough for a slow machine to accept them, and short enough that two gateways can take turns within ten seconds: after
 * ten idle seconds a gateway ends its sending thread, and to start it again in each round is work that a busy gateway does not
 * have.
 */
const TAKING_IN_MS = 3000

async function bullmqRunner(folder: Folder, wecomPort: number, resources: AsyncDisposableStack): Promise<Runner> {
  const redis = resources.use(await startRedis(folder.path))
  const worker = resources.use(
    await startServer("../oracles/bench/bullmq-worker.ts", [redis.socket, String(wecomPort)]),
  )
  const round = async (): Promise<number> => {
    const [started, sent] = [worker.told<number>("startedAt"), worker.told<number>("sentAt")]
    worker.process.send({ count: MESSAGES })
    return MESSAGES / (((await sent) - (await started)) / 1000)
  }
  return { name: "bullmq", round }
}
