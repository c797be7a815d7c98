import assert from "node:assert/strict"
import { test } from "node:test"
import { TransportFault } from "@wecom-push/sdk"
import type { Transport } from "@wecom-push/sdk"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchOptions, DispatchUnderTest } from "../testing/start-dispatch.ts"

/** The way to WeCom, which can be cut. */
class Way {
  isCut = false
  /** How many requests failed because of the cut. */
  failures = 0
  /** Only requests to these paths fail. */
  concerns: (path: string) => boolean = () => true

  over(real: Transport): Transport {
    return {
      ...real,
      request: async (request) => {
        if (!this.isCut || !this.concerns(request.url.pathname)) return real.request(request)
        this.failures++
        throw new TransportFault("refused", false, { host: request.url.host, code: "ECONNREFUSED" })
      },
    }
  }
}

async function start(options: DispatchOptions = {}): Promise<{ gateway: DispatchUnderTest; way: Way }> {
  const way = new Way()
  return { way, gateway: await startDispatch({ ...options, transport: (real) => way.over(real) }) }
}

const outageOf = (gateway: DispatchUnderTest, app = "alerts") => gateway.dispatcher.standing(app).outage

const warnings = (gateway: DispatchUnderTest): readonly string[] =>
  gateway.log
    .filter(({ sentence }) => sentence.startsWith("WeCom can"))
    .map(({ level, sentence }) => `${level} ${sentence}`)

/** Lets the time pass until the next try has failed. */
async function nextFailure(gateway: DispatchUnderTest): Promise<void> {
  const before = outageOf(gateway)
  assert.ok(before !== undefined)
  await gateway.advance(Math.max(0, before.nextTryAt - gateway.clock.now()) / 1000)
  await gateway.until(() => (outageOf(gateway)?.tries ?? 0) > before.tries, "the next try to fail")
}

// proves 10.6: what operators see
test("WeCom cannot be reached: said at the first failure, and at each step of 1, 2, 4 … 60 s between tries", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  way.isCut = true
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
  const waits: number[] = []
  for (let n = 0; n < 8; n++) {
    const { nextTryAt = 0 } = outageOf(gateway) ?? {}
    waits.push(Math.ceil((nextTryAt - gateway.clock.now()) / 1000))
    if (n < 7) await nextFailure(gateway)
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60])
  assert.deepEqual(warnings(gateway), Array<string>(8).fill("warn WeCom cannot be reached"))
  const { since = 0, cause, tries } = outageOf(gateway) ?? {}
  assert.deepEqual([cause?.kind, tries], ["refused", 8])
  assert.match(cause?.errmsg ?? "", /ECONNREFUSED/)

  way.isCut = false
  await gateway.advance(60)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal(outageOf(gateway), undefined)
  const told = gateway.log.find(({ sentence }) => sentence === "WeCom can be reached again")
  assert.equal(told?.level, "info")
  const { seconds } = told.fields as { seconds: number }
  assert.ok(Math.abs(seconds - (gateway.clock.now() - since) / 1000) <= 5, `${seconds}`)
})

// proves 10.6: what operators see
// proves 12.R5: fifty resets in one moment
test("fifty calls that fail in one moment are one failure, and all go out at once when WeCom is there again", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  await gateway.outcome(await gateway.post({ users: ["lisi"] }))
  await gateway.advance(2)
  way.isCut = true
  const ids = await Promise.all(
    Array.from({ length: 300 }, (_unused, n) =>
      gateway.post({ users: [["zhangsan", "lisi", "WangWu"][n % 3] ?? ""], text: `${n}` }),
    ),
  )
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
  for (let n = 0; n < 6; n++) await nextFailure(gateway)
  assert.equal(outageOf(gateway)?.tries, 7)
  assert.equal(warnings(gateway).length, 7)
  // One wave of calls, and after it one call at a time.
  assert.ok(way.failures <= 150 + 6, `${way.failures}`)
  way.isCut = false
  const { nextTryAt = 0 } = outageOf(gateway) ?? {}
  await gateway.advance((nextTryAt - gateway.clock.now()) / 1000)
  // No message waits for a time of its own. A member gets at most thirty a minute.
  await gateway.until(async () => (await gateway.calls()).length >= 90, "what may go out")
  const states = new Set((await Promise.all(ids.map((id) => gateway.states(id)))).flat())
  assert.deepEqual([...states].toSorted(), ["pending", "sent"])
})

// proves 12.R5: fifty resets in one moment
test("12.R5: fifty connections that are reset in one moment are one failure: what comes next goes out within two seconds", async () => {
  const held: (() => void)[] = []
  let holds = true
  const transport = (real: Transport): Transport => ({
    ...real,
    async request(request) {
      if (!holds || !request.url.pathname.endsWith("/message/send")) return real.request(request)
      request.onConnected?.()
      const { promise, resolve } = Promise.withResolvers<void>()
      held.push(resolve)
      await promise
      throw new TransportFault("reset", true, { host: request.url.host, code: "ECONNRESET" })
    },
  })
  // A repeat counts once more for its member.
  await using gateway = await startDispatch({ transport, settings: { member_per_minute: null } })
  const users = ["zhangsan", "lisi", "WangWu"]
  const ids = await Promise.all(
    Array.from({ length: 50 }, (_, n) => gateway.post({ users: [users[n % 3] ?? ""], text: `${n}` })),
  )
  await gateway.until(() => held.length === 50, "fifty calls under way")
  holds = false
  for (const reset of held) reset()
  const high = await gateway.post({ users: ["zhangsan"], text: "urgent", priority: "high" })
  assert.deepEqual(await gateway.outcome(high), ["sent"])
  await gateway.advance(2)
  // The calls may have arrived, so each is repeated under the duplicate check.
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  // Connections that break at the same moment count as one, which is no outage.
  assert.deepEqual(warnings(gateway), [])
})

test("one call that breaks while others are answered keeps no other waiting", async () => {
  let broken = 0
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      request: (request) => {
        if (typeof request.body !== "string" || !request.body.includes("poison")) return real.request(request)
        broken++
        return Promise.reject(new TransportFault("reset", true, { host: request.url.host, code: "ECONNRESET" }))
      },
    }),
  })
  await gateway.fault({ path: "message/send", kind: "slow", delay_ms: 30, times: 20 })
  const ids = await Promise.all(Array.from({ length: 20 }, (_, n) => gateway.post({ users: ["lisi"], text: `${n}` })))
  await gateway.outcome(ids[0] ?? "")
  const poison = await gateway.post({ users: ["zhangsan"], text: "poison" })
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  await gateway.until(() => broken > 0, "it to break")
  const more = await gateway.post({ users: ["WangWu"], text: "more" })
  await gateway.advance(1)
  assert.deepEqual(await gateway.outcome(more), ["sent"])
  assert.deepEqual(await gateway.states(poison), ["pending"])
})

test("an app that cannot be reached says nothing of the other", async () => {
  const way = new Way()
  let hr = 0
  await using gateway = await startDispatch({
    transport: (real) => ({
      ...real,
      request(request) {
        if (request.url.searchParams.get("corpsecret") === "sim-secret-hr") {
          hr++
          return Promise.reject(new TransportFault("proxy", false, { host: "proxy:3128", code: "HTTP 502" }))
        }
        return way.over(real).request(request)
      },
    }),
  })
  const held = await gateway.post({ app: "hr", users: ["WangWu"] })
  await gateway.until(() => outageOf(gateway, "hr") !== undefined, "an outage")
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["zhangsan"] })), ["sent"])
  assert.equal(outageOf(gateway), undefined)
  assert.equal(outageOf(gateway, "hr")?.cause.kind, "proxy")
  assert.deepEqual([await gateway.states(held), hr > 0], [["pending"], true])
})

test("look-ups that fail are of the same wave, and found recipients are sent to at once afterwards", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  await gateway.outcome(await gateway.post({ users: ["lisi"] }))
  await gateway.advance(2)
  way.isCut = true
  const ids = await Promise.all(
    ["13800000001", "13800000002", "13800000003"].map((mobile) => gateway.post({ mobiles: [mobile] })),
  )
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
  for (let n = 0; n < 5; n++) await nextFailure(gateway)
  assert.equal(outageOf(gateway)?.tries, 6)
  way.isCut = false
  const { nextTryAt = 0 } = outageOf(gateway) ?? {}
  await gateway.advance((nextTryAt - gateway.clock.now()) / 1000)
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

// proves 10.6: what operators see
test("a restart finds out again at once", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  way.isCut = true
  await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
  for (let n = 0; n < 6; n++) await nextFailure(gateway)
  await gateway.crash()
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage after the restart")
  assert.equal(outageOf(gateway)?.tries, 1)
})

// proves 10.6: what operators see
test("a pause lasts longer than an outage, so the pause is what is reported; each ends by itself", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 60020 })
  const id = await gateway.post({ users: ["zhangsan"] })
  await gateway.until(() => gateway.dispatcher.standing("alerts").why === "app_paused", "a pause")
  way.isCut = true
  await gateway.advance(60)
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
  assert.equal(gateway.dispatcher.standing("alerts").why, "app_paused")
  await nextFailure(gateway)
  way.isCut = false
  const { nextTryAt = 0 } = outageOf(gateway) ?? {}
  await gateway.advance((nextTryAt - gateway.clock.now()) / 1000)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(gateway.dispatcher.standing("alerts"), { closedUntil: undefined, why: undefined, outage: undefined })
  assert.equal((await gateway.stores.apps.get("alerts"))?.pause, undefined)
})

test("what was cancelled or has expired meanwhile does not go out, and an old outage is not reported for ever", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  way.isCut = true
  const cancelled = await gateway.post({ users: ["zhangsan"] })
  const expiring = await gateway.post({ users: ["lisi"], expiresAt: gateway.clock.now() + 30_000 })
  await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
  assert.equal((await gateway.dispatcher.cancel(cancelled)).kind, "cancelled")
  await gateway.advance(31)
  assert.deepEqual(await gateway.outcome(expiring), ["expired"])
  assert.deepEqual(await gateway.states(cancelled), ["cancelled"])
  await gateway.advance(300)
  assert.equal(outageOf(gateway), undefined)
  way.isCut = false
  assert.deepEqual(await gateway.outcome(await gateway.post({ users: ["WangWu"] })), ["sent"])
  assert.deepEqual(await gateway.phone("zhangsan"), [])
})

// proves 10.6: what operators see
test("it comes and goes: each time from the beginning, and no recipient gets two copies", async () => {
  const { gateway, way } = await start()
  await using _ = gateway
  for (let n = 0; n < 5; n++) {
    way.isCut = true
    const id = await gateway.post({ users: ["zhangsan"], text: `${n}` })
    await gateway.until(() => outageOf(gateway) !== undefined, "an outage")
    assert.equal(outageOf(gateway)?.tries, 1)
    way.isCut = false
    await gateway.advance(1)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    await gateway.until(() => outageOf(gateway) === undefined, "the end of it")
    await gateway.advance(2)
  }
  assert.deepEqual(await gateway.phone("zhangsan"), ["0", "1", "2", "3", "4"])
})
