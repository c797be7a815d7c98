import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppRecord } from "../core/ports/apps.ts"
import type { StoredEvent } from "../core/ports/events.ts"
import { AppDirectory } from "./app-directory.ts"

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
  const apps = new AppDirectory({ list } as unknown as ConstructorParameters<typeof AppDirectory>[0], { subscribe })
  const changed = (): void => {
    for (const tell of listeners) tell({ id: 1, at: 0, type: "app.changed", app: "hr", messageId: undefined, data: {} })
  }
  const answer = (...names: string[]): void => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the directory looks at the names alone
    reads.shift()?.resolve(names.map((name) => ({ name }) as AppRecord))
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
  const after = apps.holds({ apps: "all" }, "hr")
  answer("alerts", "hr")
  assert.equal(await after, true)
})
