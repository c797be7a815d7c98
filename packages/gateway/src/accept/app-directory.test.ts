import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppPause, AppRecord } from "../model/ports/apps.ts"
import type { EventType, StoredEvent } from "../model/ports/events.ts"
import { CHANNELS } from "../channels/channels.ts"
import { AppDirectory, heldApp } from "./app-directory.ts"
import { Problem } from "../problems/problem.ts"

/** An app store whose list is returned when the test says so, and a way to report changes of apps. */
function directory() {
  const reads: PromiseWithResolvers<readonly AppRecord[]>[] = []
  const listeners: ((event: StoredEvent) => void)[] = []
  const list = (): Promise<readonly AppRecord[]> => {
    const read = Promise.withResolvers<readonly AppRecord[]>()
    reads.push(read)
    return read.promise
  }
  const subscribe = (listener: (event: StoredEvent) => void): (() => void) => {
    listeners.push(listener)
    return () => undefined
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it reads and does nothing else
  const apps = new AppDirectory(
    { list, get: getPaused } as unknown as ConstructorParameters<typeof AppDirectory>[0],
    { subscribe },
    CHANNELS,
  )
  const changed = (type: EventType = "app.changed"): void => {
    for (const tell of listeners) tell({ id: 1, at: 0, type, app: "hr", messageId: undefined, data: {} })
  }
  const answer = (...found: (string | AppRecord)[]): void => {
    reads.shift()?.resolve(found.map((one) => (typeof one === "string" ? record(one) : one)))
  }
  return { apps, changed, answer }
}

function getPaused(name: string): Promise<AppRecord> {
  return Promise.resolve(record(name, PAUSE))
}

function record(name: string, pause?: AppPause): AppRecord {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the directory looks at no more of it
  return { name, settings: {}, pause } as unknown as AppRecord
}

const PAUSE: AppPause = { errcode: 60020, errmsg: "", since: 0, nextProbeAt: 60_000 }

test("the names of the apps are read once, and again after a change", async () => {
  const { apps, changed, answer } = directory()
  const first = apps.names()
  answer("alerts")
  assert.deepEqual(await first, new Set(["alerts"]))
  assert.deepEqual(apps.names(), new Set(["alerts"]), "at once")
  changed()
  const second = apps.names()
  answer("alerts", "hr")
  assert.deepEqual(await second, new Set(["alerts", "hr"]))
})

test("what was being read when an app changed is not kept", async () => {
  const { apps, changed, answer } = directory()
  const before = apps.names()
  changed()
  answer("alerts")
  await before
  const after = apps.heldApp({ apps: "all" }, "hr")
  answer("alerts", "hr")
  assert.equal(await after, "hr")
})

test("records are read once, and again when an app is changed, paused or resumed; a paused one is read each time", async () => {
  const { apps, changed, answer } = directory()
  const pausesOf = async (...wanted: string[]): Promise<unknown[]> => {
    const found = await apps.records(({ name }) => wanted.includes(name))
    return found.map(({ name, pause }) => [name, pause?.nextProbeAt])
  }
  const first = pausesOf("alerts", "hr")
  answer("alerts", "hr", "root")
  assert.deepEqual(await first, [
    ["alerts", undefined],
    ["hr", undefined],
  ])
  assert.deepEqual(await pausesOf("root"), [["root", undefined]], "nothing is read")
  for (const type of ["app.paused", "app.resumed", "app.changed"] as const) {
    changed(type)
    const next = pausesOf("hr")
    answer("alerts", record("hr", { ...PAUSE, nextProbeAt: 1 }))
    assert.deepEqual(await next, [["hr", PAUSE.nextProbeAt]], type)
  }
})

const names = new Set(["alerts", "hr", "root"])

/** The name of the app, or the detail of the refusal. */
function refusal(apps: readonly string[] | "all", name: string | undefined, all: ReadonlySet<string> = names) {
  try {
    return heldApp({ apps }, name, all)
  } catch (error) {
    assert.ok(error instanceof Problem)
    return [error.status, error.errors[0]?.path, error.errors[0]?.code, error.detail?.en, error.detail?.zh]
  }
}

test("an app that is not held is refused with the names of those that are, and of no others", () => {
  assert.equal(refusal(["alerts", "gone"], undefined), "alerts")
  assert.equal(refusal("all", "hr"), "hr")
  assert.deepEqual(refusal(["hr", "alerts"], "root"), [
    404,
    "/app",
    "unknown_app",
    "The key holds no app of this name; it holds alerts, hr.",
    "密钥不包含此名称的应用；可用的有：alerts、hr。",
  ])
  assert.deepEqual(refusal(["hr", "alerts"], undefined), [
    422,
    "/app",
    "required",
    "No app is named, and the key holds several; name one: it holds alerts, hr.",
    "没有指明应用：密钥包含多个应用，请指明其一。可用的有：alerts、hr。",
  ])
  const many = new Set(Array.from({ length: 500 }, (_, n) => `app${String(n).padStart(3, "0")}`))
  assert.match(String(refusal("all", "hr", many)), /app019 and 480 more/)
  assert.match(String(refusal(["gone"], "gone")), /it holds none yet/)
})
