import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppRecord } from "../model/ports/apps.ts"
import type { StoredEvent } from "../model/ports/events.ts"
import { CHANNELS } from "../channels/channels.ts"
import { AppDirectory, heldApp } from "./app-directory.ts"
import { Problem } from "../problems/problem.ts"

/** Apps whose list is read when the test says so, and what tells of their changes. */
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
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it lists and does nothing else
  const apps = new AppDirectory(
    { list } as unknown as ConstructorParameters<typeof AppDirectory>[0],
    { subscribe },
    CHANNELS,
  )
  const changed = (): void => {
    for (const tell of listeners) tell({ id: 1, at: 0, type: "app.changed", app: "hr", messageId: undefined, data: {} })
  }
  const answer = (...names: string[]): void => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the directory looks at names and settings alone
    reads.shift()?.resolve(names.map((name) => ({ name, settings: {} }) as AppRecord))
  }
  return { apps, changed, answer }
}

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

const names = new Set(["alerts", "hr", "root"])

/** The app that is meant, or what its refusal says. */
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
    "/app is missing, and the key holds several apps; name one: it holds alerts, hr.",
    "缺少 /app：密钥包含多个应用，请指明其一。可用的有：alerts、hr。",
  ])
  const many = new Set(Array.from({ length: 500 }, (_, n) => `app${String(n).padStart(3, "0")}`))
  assert.match(String(refusal("all", "hr", many)), /app019 and 480 more/)
  assert.match(String(refusal(["gone"], "gone")), /it holds none yet/)
})
