import assert from "node:assert/strict"
import { test } from "node:test"
import { WaitingApps } from "./waiting-apps.ts"

/** An app with so many waiting calls. */
class App {
  callsFirst = 2
  readonly name: string
  waiting: number
  readonly #order: string[]

  constructor(name: string, waiting: number, order: string[]) {
    this.name = name
    this.waiting = waiting
    this.#order = order
  }

  letOne(): boolean {
    if (this.waiting === 0) return false
    this.waiting--
    this.#order.push(this.name)
    return this.waiting > 0
  }
}

/** Apps with endless backlogs, none of which has just begun to wait. */
function withBacklogs(count: number): { apps: WaitingApps; order: string[] } {
  const [apps, order] = [new WaitingApps(), [] as string[]]
  for (let n = 0; n < count; n++) {
    const app = new App(`backlog ${n}`, 1_000_000, order)
    app.callsFirst = 0
    apps.add(app)
  }
  apps.letOne()
  order.length = 0
  return { apps, order }
}

// proves 12.R2: many apps and a slow WeCom
test("12.R2: beside two hundred backlogs an app that needs twice its share of all calls waits for one other call at most", () => {
  const { apps, order } = withBacklogs(200)
  for (let second = 0; second < 60; second++) {
    const from = order.length
    apps.add(new App("alone", 1, order))
    for (let n = 0; n < 100; n++) apps.letOne()
    const at = order.indexOf("alone", from) - from
    assert.ok(at >= 0 && at <= 1, `in second ${second} behind ${at} others`)
  }
  const ofBacklogs = Map.groupBy(order, (name) => name)
  for (let n = 0; n < 200; n++) {
    const count = ofBacklogs.get(`backlog ${n}`)?.length ?? 0
    assert.ok(count >= 29 && count <= 31, `backlog ${n} has had ${count} calls`)
  }
})

test("an app has as many calls at once as came while it had little to send; the others take their turn behind the backlogs", () => {
  const { apps, order } = withBacklogs(5)
  apps.add(new App("late", 3, order))
  for (let n = 0; n < 9; n++) apps.letOne()
  assert.deepEqual(
    order.flatMap((name, index) => (name === "late" ? index : [])),
    [0, 2, 8],
  )
})

test("backlogs keep half of all calls, however many others begin to wait", () => {
  const { apps, order } = withBacklogs(3)
  for (let n = 0; n < 50; n++) apps.add(new App(`new ${n}`, 1, order))
  for (let n = 0; n < 20; n++) apps.letOne()
  assert.equal(order.filter((name) => name.startsWith("backlog")).length, 10)
  assert.deepEqual(order.filter((name) => name.startsWith("new")).slice(0, 3), ["new 0", "new 1", "new 2"])
})

test("an app whose waiting calls were refused begins anew with the next; without waiting apps no call goes", () => {
  const { apps, order } = withBacklogs(3)
  const closed = new App("closed", 1, order)
  closed.callsFirst = 0
  apps.add(closed)
  closed.waiting = 1
  closed.callsFirst = 1
  apps.add(closed)
  apps.letOne()
  assert.deepEqual(order, ["closed"])

  const empty = new WaitingApps()
  assert.equal(empty.letOne(), false)
  empty.add(new App("refused", 0, order))
  assert.deepEqual([empty.letOne(), empty.letOne()], [true, false])
  assert.deepEqual(order, ["closed"])
})
