import { startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import { Folder, startPeers } from "./lib/gateway/start.ts"
import { RawClient } from "./lib/raw-client.ts"
import { whyNoBullmq } from "./lib/oracles.ts"
import { startRedis } from "./lib/redis.ts"
import type { Report } from "./lib/report.ts"
import { inRounds } from "./lib/rounds.ts"

const CONNECTIONS = 32
const BATCH_SIZE = 100

/**
 * How fast messages are accepted, each on the disk before its answer, compared with a route that does nothing and one that
 * passes the body to BullMQ, both with the same authentication, limits and metrics.
 */
export async function gatewayAccepts(report: Report): Promise<void> {
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  await using resources = new AsyncDisposableStack()
  const withoutBullmq = whyNoBullmq()
  const redis = withoutBullmq === undefined ? resources.use(await startRedis(folder.path)) : undefined
  await using gateway = await serve(folder, stub.port)
  await using peersFolder = await Folder.make()
  await using peers = await startPeers({
    databaseFile: peersFolder.databaseFile,
    wecomPort: stub.port,
    ...(redis !== undefined && { redis: redis.socket }),
  })
  report.note(
    "gateway-accepts: the empty route and those of BullMQ are added to a gateway of the sources; no user has them",
  )
  using client = await RawClient.connect(gateway.port, CONNECTIONS)
  using peersClient = await RawClient.connect(peers.port, CONNECTIONS)
  let n = 0
  // Scheduled for later, so that only accepting is measured, not sending.
  const send_at = new Date(Date.now() + 24 * 3600_000).toISOString()
  const message = (): object => ({
    to: { users: [`member-${n % 10_000}`] },
    msgtype: "text",
    text: { content: `你好 ${n++}` },
    send_at,
  })
  const single = (path: string, to: RawClient) => () => to.post(path, ADMIN_KEY, JSON.stringify(message()))
  const batch = (): Promise<unknown> =>
    client.post("/v1/messages/batch", ADMIN_KEY, JSON.stringify(Array.from({ length: BATCH_SIZE }, message)), 200)
  const result = await inRounds(
    [
      { name: "empty", once: single("/bench/empty", peersClient) },
      { name: "gateway", once: single("/v1/messages", client) },
      { name: "batch", once: batch },
      ...(redis === undefined
        ? []
        : [
            { name: "bullmq", once: single("/bench/bullmq", peersClient) },
            { name: "unchecked", once: single("/bench/bullmq-unchecked", peersClient) },
          ]),
    ],
    { roundMs: 1500, inFlight: CONNECTIONS },
  )
  const told = (name: string, times = 1): string => `${Math.round(result.rate(name) * times)}/s`
  report.add({
    what: "gateway accepts / empty POST route",
    measured: result.ratio("gateway", "empty"),
    atLeast: 0.5,
    note: `${told("gateway")}; empty route ${told("empty")}`,
  })
  const besideBullmq = "gateway accepts / BullMQ add, appendfsync always"
  if (withoutBullmq !== undefined) report.leaveOut(besideBullmq, withoutBullmq)
  else {
    report.add({
      what: besideBullmq,
      measured: result.ratio("gateway", "bullmq"),
      atLeast: 1,
      note: `BullMQ ${told("bullmq")} after the same checks, ${told("unchecked")} without`,
    })
  }
  report.add({
    what: "accepts by batch / single accepts",
    measured: result.ratio("batch", "gateway") * BATCH_SIZE,
    atLeast: 3,
    note: `${told("batch", BATCH_SIZE)}; ${BATCH_SIZE} messages a batch`,
  })
}
