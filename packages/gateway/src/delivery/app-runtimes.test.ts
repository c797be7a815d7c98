import assert from "node:assert/strict"
import { channel } from "node:diagnostics_channel"
import { test } from "node:test"
import { UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import { memoryLookupStore } from "@wecom-push/sdk"
import type { ApiHooks, Transport } from "@wecom-push/sdk"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { Semaphore } from "../model/semaphore.ts"
import type { AppRecord } from "../model/ports/apps.ts"
import type { Governor, Governors } from "../model/ports/governor.ts"
import { CHANNELS } from "../channels/channels.ts"
import { AppRuntimes } from "./app-runtimes.ts"
import { stillClock } from "./testing/fast-clock.ts"

function anApp(name: string, corpId = "ww1"): AppRecord {
  return {
    name,
    kind: "app",
    corpId,
    agentId: 1,
    partyId: "1",
    createdAt: 0,
    updatedAt: 0,
    settings: {},
    pause: undefined,
    version: 1,
  }
}

/** Runtimes of apps whose names are known, and what they ask for. */
class RuntimesUnderTest {
  readonly asked: string[] = []
  readonly forgotten: string[] = []
  readonly turns: Parameters<Governors["lookupPermits"]>[] = []
  readonly requests: string[] = []
  readonly logged: object[] = []
  /** The agents that a governor was opened for. */
  readonly governed: number[] = []
  apps: Record<string, AppRecord> = { alerts: anApp("alerts"), hr: anApp("hr"), other: anApp("other", "ww2") }
  hasSecrets = true
  readonly nowMs: number
  fails: Error | undefined
  /** The store waits for this before it returns an app; it returns the app as it was when it was asked for. */
  delay: Promise<void> = Promise.resolve()
  readonly runtimes: AppRuntimes

  constructor({ hooks = {} }: { readonly hooks?: ApiHooks } = {}) {
    const clock = new JumpAwareClock(stillClock())
    this.nowMs = clock.now()
    const lookups = memoryLookupStore()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tests send nothing
    const transport = {
      request: (request: { readonly url: URL }) => {
        this.requests.push(request.url.pathname)
        const body = request.url.pathname.endsWith("/gettoken")
          ? { errcode: 0, errmsg: "ok", access_token: "t", expires_in: 7200 }
          : { errcode: 0, errmsg: "ok" }
        return Promise.resolve({ status: 200, contentType: "application/json", body: JSON.stringify(body) })
      },
    } as unknown as Transport
    this.runtimes = new AppRuntimes({
      channels: CHANNELS,
      governors: {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is handed on as it is
        open: ({ name, agentId }) => {
          this.governed.push(agentId)
          return Promise.resolve({ name } as unknown as Governor)
        },
        lookupPermits: (...corp) => {
          this.turns.push(corp)
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tests take no pause
          return { pauses: lookups } as unknown as ReturnType<Governors["lookupPermits"]>
        },
        callPace: () => ({ take: () => Promise.resolve({ [Symbol.dispose]: () => undefined }) }),
        forget: (name) => this.forgotten.push(name),
        ready: () => Promise.resolve(),
        clockJumped: () => undefined,
        finished: () => undefined,
      },
      clock,
      stopping: new AbortController().signal,
      random: () => 1,
      apps: {
        get: async (name) => {
          this.asked.push(name)
          if (this.fails !== undefined) throw this.fails
          const app = this.apps[name]
          await this.delay
          return app
        },
        list: () => Promise.resolve(Object.values(this.apps)),
        secrets: () => Promise.resolve(this.hasSecrets ? { secret: "s" } : undefined),
        secretsOfKind: () =>
          Promise.resolve(
            new Map(this.hasSecrets ? Object.keys(this.apps).map((name) => [name, { secret: "s" }]) : []),
          ),
      },
      baseUrl: "https://wecom.example",
      transport,
      tokens: { get: () => Promise.resolve(undefined), set: () => Promise.resolve() },
      corps: {
        get: (corpId) => Promise.resolve({ lookup_miss_budget: corpId === "ww1" ? 7 : 8 }),
        read: () => Promise.reject(new Error("not read here")),
        put: () => Promise.reject(new Error("not changed here")),
      },
      lookups: { ...lookups, userids: () => Promise.resolve([]) },
      locks: { run: (_name, task) => task() },
      log: { error: (fields) => void this.logged.push(fields) },
      misses: {
        take: () => Promise.resolve({ granted: 1 }),
        settle: () => Promise.resolve(),
        taken: () => Promise.resolve(0),
      },
      lookupPlaces: new Semaphore(1),
      hooks,
    })
  }
}

const call = { body: "{}", repeatable: false, deadline: Infinity }

test("an app is made when it is first asked for, once, and is known to have been opened then", async () => {
  const it = new RuntimesUnderTest()
  assert.equal(it.runtimes.opened("alerts"), undefined)
  const [one, again] = await Promise.all([it.runtimes.get("alerts"), it.runtimes.get("alerts")])
  assert.equal(one, again)
  assert.equal(one?.app.name, "alerts")
  assert.equal(it.runtimes.opened("alerts"), one)
  assert.equal(it.runtimes.opened("hr"), undefined)
  assert.deepEqual(it.asked, ["alerts"])
})

test("an app that is not registered, or whose secret cannot be read, has none", async () => {
  const it = new RuntimesUnderTest()
  assert.equal(await it.runtimes.get("nobody"), undefined)
  assert.deepEqual(it.logged, [])
  it.hasSecrets = false
  assert.equal(await it.runtimes.get("alerts"), undefined)
  assert.equal(it.runtimes.opened("alerts"), undefined)
  assert.deepEqual(it.logged, [{ app: "alerts" }])
})

test("an app whose secret cannot be read is paused for that until it is changed, or its secret can be read again", async () => {
  const it = new RuntimesUnderTest()
  const alerts = anApp("alerts")
  const stored = { errcode: 60020, errmsg: "not allow to access from your ip", since: 1, nextProbeAt: 2 }
  await it.runtimes.get("hr")
  it.hasSecrets = false
  await it.runtimes.lookAtSecrets()
  assert.deepEqual(it.logged, [{ app: "alerts" }, { app: "other" }], "hr is at work with the secret that it has read")
  assert.equal(it.runtimes.pauseOf(anApp("hr")), undefined)
  assert.equal(it.runtimes.pauseOf({ ...alerts, pause: stored })?.errmsg, UNREADABLE_SECRET)
  await it.runtimes.lookAtSecrets()
  assert.equal(it.logged.length, 2, "one line for each")

  const changed = { ...alerts, version: 2 }
  it.apps = { ...it.apps, alerts: changed }
  assert.equal(it.runtimes.pauseOf({ ...changed, pause: stored }), stored, "the change may have brought the secret")
  it.runtimes.forget("alerts")
  await it.runtimes.lookAgain("alerts")
  assert.equal(it.runtimes.pauseOf(changed)?.errmsg, UNREADABLE_SECRET, "it has not")

  it.hasSecrets = true
  await it.runtimes.lookAtSecrets()
  assert.equal(it.runtimes.pauseOf(changed), undefined)
  assert.equal((await it.runtimes.get("alerts"))?.app.name, "alerts")
})

test("who is looked up by an app whose secret cannot be read waits, and is not refused", async () => {
  const it = new RuntimesUnderTest()
  it.apps = { ...it.apps, robot: { ...anApp("robot"), kind: "robot", settings: { people: "alerts" } } }
  const robot = await it.runtimes.get("robot")
  it.hasSecrets = false
  const asked = [{ type: "mobile", address: "13800000001" }] as const
  assert.deepEqual(await robot?.people.known(asked), [undefined])
  const at = it.nowMs + 60_000
  assert.deepEqual(await robot?.people.ask(asked), [{ kind: "later", at, why: "unreachable" }])
  it.apps = { robot: it.apps["robot"] ?? anApp("robot") }
  it.runtimes.forget("alerts")
  assert.deepEqual(await robot?.people.ask(asked), [{ kind: "invalid", reason: "app_removed" }], "one that was removed")
})

test("an app that could not be read is read again by the next caller", async () => {
  const it = new RuntimesUnderTest()
  it.fails = new Error("the disk")
  await assert.rejects(it.runtimes.get("alerts"), it.fails)
  it.fails = undefined
  assert.equal((await it.runtimes.get("alerts"))?.app.name, "alerts")
})

test("an app that was forgotten is made anew, as it is by then", async () => {
  const it = new RuntimesUnderTest()
  const before = await it.runtimes.get("alerts")
  it.runtimes.forget("alerts")
  assert.equal(it.runtimes.opened("alerts"), undefined)
  assert.deepEqual(it.forgotten, ["alerts"])
  const after = await it.runtimes.get("alerts")
  assert.notEqual(after, before)
  assert.equal(it.runtimes.opened("alerts"), after)
})

/** An app that is changed while it is read. `late` ends that reading. */
function changedWhileRead(under: RuntimesUnderTest): {
  readonly former: ReturnType<AppRuntimes["get"]>
  readonly late: PromiseWithResolvers<void>
} {
  const late = Promise.withResolvers<void>()
  under.delay = late.promise
  const former = under.runtimes.get("alerts")
  under.delay = Promise.resolve()
  under.runtimes.forget("alerts")
  return { former, late }
}

// proves 12.R7: a late answer to the old secret
test("what was read of an app before it was changed, and comes late, is not used", async () => {
  const under = new RuntimesUnderTest()
  const { former, late } = changedWhileRead(under)
  under.apps = { alerts: { ...anApp("alerts"), agentId: 2 } }
  const changed = await under.runtimes.get("alerts")
  late.resolve()
  assert.equal(await former, changed, "an earlier caller gets the newest runtime")
  assert.equal(under.runtimes.opened("alerts"), changed)
  assert.equal(changed?.app.agentId, 2)
  assert.deepEqual(under.governed, [2], "no governor has the former limits")
})

test("that such a reading fails is no reason to read again what is known by now", async () => {
  const under = new RuntimesUnderTest()
  const { former, late } = changedWhileRead(under)
  const changed = await under.runtimes.get("alerts")
  late.reject(new Error("the disk failed"))
  await assert.rejects(former)
  assert.equal(await under.runtimes.get("alerts"), changed)
})

test("apps of one corp look people up together, with the corp's limits", async () => {
  const it = new RuntimesUnderTest()
  for (const name of ["alerts", "hr", "other", "alerts"]) {
    await it.runtimes.get(name)
    it.runtimes.forget(name)
  }
  assert.deepEqual(
    await Promise.all(it.turns.map(async ([corpId, , limits]) => [corpId, (await limits()).lookupMissBudget])),
    [
      ["ww1", 7],
      ["ww2", 8],
    ],
  )
})

test("only gettoken triggers the point after a token, and each listener hears of each answer", async () => {
  const points: unknown[] = []
  const heard: string[] = []
  const note = (message: unknown): void => void points.push(message)
  channel("wecom-push:point").subscribe(note)
  try {
    const it = new RuntimesUnderTest({ hooks: { onAnswer: ({ api }) => void heard.push(api) } })
    const runtime = await it.runtimes.get("alerts")
    for (let n = 0; n < 2; n++) await runtime?.channel.send(call)
    assert.deepEqual(heard, ["gettoken", "message/send", "message/send"])
    assert.deepEqual(points, [{ point: "token.after_reply" }])
    const silent = new RuntimesUnderTest()
    await (await silent.runtimes.get("alerts"))?.channel.send(call)
    assert.equal(silent.requests.length, 2)
  } finally {
    channel("wecom-push:point").unsubscribe(note)
  }
})
