import assert from "node:assert/strict"
import { setTimeout as after } from "node:timers/promises"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { RawConnection } from "./testing/raw-connection.ts"
import { ADMIN_KEY, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

/** More than the system buffers for a connection whose client does not read. */
const EVENTS = 120
const EVENT_BYTES = 200_000

// proves C19: clients that leave
test("followers that stop reading and reset leave no subscription and no timer behind, five of five", async (t) => {
  await using gateway = await startTestGateway()
  await fillLog(gateway)
  using held = countHeld(t, gateway)
  const followers = Array.from({ length: 5 }, () => follow(gateway.port))
  await eventually(() => held.subscriptions === 5 && held.timers === 5)
  // Waits until the gateway waits for each of them.
  await Promise.all(followers.map((follower) => follower.stuck()))
  assert.deepEqual([held.subscriptions, held.timers], [5, 5])
  for (const { socket } of followers) socket.resetAndDestroy()
  await eventually(() => held.subscriptions === 0 && held.timers === 0)
})

// proves C19: clients that leave
test("a follower that never reads is cut off, and can continue with Last-Event-ID", async (t) => {
  await using gateway = await startTestGateway({ limits: { followerStallMs: 300 } })
  await fillLog(gateway)
  using held = countHeld(t, gateway)
  using follower = follow(gateway.port)
  await eventually(() => held.subscriptions === 1)
  await eventually(() => held.subscriptions === 0 && held.timers === 0)
  follower.socket.resume()
  await follower.closed
  const ids = [...follower.received.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  const last = ids.at(-1) ?? 0
  assert.ok(last > 0 && last < EVENTS, `${last} of ${EVENTS} were sent`)
})

test("a follower that leaves before its stream begins leaves nothing behind", async (t) => {
  await using gateway = await startTestGateway()
  using held = countHeld(t, gateway)
  const { events } = gateway.stores
  const latest = events.latest.bind(events)
  const asked = Promise.withResolvers<void>()
  const gone = Promise.withResolvers<void>()
  t.mock.method(events, "latest", async () => {
    asked.resolve()
    await gone.promise
    return latest()
  })
  using follower = new RawConnection(gateway.port)
  follower.write(`GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n\r\n`)
  await asked.promise
  follower.socket.resetAndDestroy()
  await follower.closed
  // Another request is answered, so the gateway has seen the reset as well.
  await gateway.request("/healthz")
  gone.resolve()
  await gateway.request("/healthz")
  await eventually(() => held.subscriptions === 0 && held.timers === 0)
})

test("a follower whose events are read when the gateway has stopped is no failed request", async (t) => {
  await using gateway = await startTestGateway()
  const { events } = gateway.stores
  const since = events.since.bind(events)
  const asked = Promise.withResolvers<void>()
  const stopped = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<unknown>()
  t.mock.method(events, "since", async (...query: Parameters<typeof since>) => {
    asked.resolve()
    await stopped.promise
    const reading = since(...query)
    answered.resolve(reading.catch((error: unknown) => error))
    return reading
  })
  using follower = follow(gateway.port, { from: "now" })
  await asked.promise
  follower.socket.resetAndDestroy()
  await gateway.stop()
  stopped.resolve()
  assert.ok((await answered.promise) instanceof Error)
  await after(100)
  assert.deepEqual(
    gateway.logLines.filter((line) => /failed|"level":"error"/.test(line)),
    [],
  )
})

test("a stop of the gateway does not wait for a follower that does not read", async () => {
  await using gateway = await startTestGateway()
  await fillLog(gateway)
  using follower = follow(gateway.port)
  await follower.stuck()
  const started = performance.now()
  await gateway.stop(170_000)
  assert.ok(performance.now() - started < 60_000)
})

/** Reads no more than the system buffers by itself. @param from the very first event, or the next one */
function follow(
  port: number,
  { from = "first" }: { from?: "first" | "now" } = {},
): RawConnection & { stuck(): Promise<void> } {
  const connection = new RawConnection(port)
  connection.socket.pause()
  const last = from === "first" ? "Last-Event-ID: 0\r\n" : ""
  connection.write(`GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n${last}\r\n`)
  return Object.assign(connection, {
    /** Nothing more arrives, though there is more. */
    stuck: async () => {
      let before = -1
      for (let bytes = 0; bytes !== before; bytes = connection.socket.bytesRead) {
        before = bytes
        await after(200)
      }
    },
  })
}

async function fillLog({ stores }: TestGateway): Promise<void> {
  const data = { text: "x".repeat(EVENT_BYTES) }
  for (let n = 0; n < EVENTS; n++)
    await stores.callbacks.keep({ app: "alerts", id: String(n), at: n, type: "wecom.text", data })
}

/** Counts the resources of feeds: their subscriptions to the log, and the timers by which they check again. */
function countHeld(t: TestContext, { stores }: TestGateway) {
  let subscriptions = 0
  const timers = new Set<unknown>()
  const { events } = stores
  const subscribe = events.subscribe.bind(events)
  const subscribing = t.mock.method(events, "subscribe", (listener: Parameters<typeof subscribe>[0]) => {
    const unsubscribe = subscribe(listener)
    subscriptions++
    return () => {
      subscriptions--
      unsubscribe()
    }
  })
  const start = globalThis.setInterval
  const starting = t.mock.method(globalThis, "setInterval", (work: () => void, ms: number) => {
    const timer = start(work, ms)
    // Only the timers of the feed.
    if (new Error("whose").stack?.includes("event-feed") === true) timers.add(timer)
    return timer
  })
  const clear = globalThis.clearInterval
  const clearing = t.mock.method(globalThis, "clearInterval", (timer: NodeJS.Timeout) => {
    timers.delete(timer)
    clear(timer)
  })
  return {
    get subscriptions() {
      return subscriptions
    },
    get timers() {
      return timers.size
    },
    [Symbol.dispose]() {
      for (const { mock } of [subscribing, starting, clearing]) mock.restore()
    },
  }
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (holds()) return
    await after(20)
  }
  assert.fail("it did not come true within a minute")
}
