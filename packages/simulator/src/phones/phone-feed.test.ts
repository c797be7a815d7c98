import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { seedOrg } from "../org/seed.ts"
import { World } from "../world.ts"
import { type FeedEvent, PhoneFeed } from "./phone-feed.ts"

function show(world: World, content: string, shownTo = ["zhangsan"]): void {
  const raw = Buffer.from(JSON.stringify({ msgtype: "text", text: { content } }))
  const rest = { agentid: 1000002, atMs: 0, msgtype: "text", altered: undefined, taskId: undefined }
  world.ledger.show({ ...rest, msgid: content, raw, shownTo })
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate()
}

test("what happens in one turn of the event loop is one event", async () => {
  const world = new World(seedOrg(), {})
  const events: FeedEvent[] = []
  const feed = new PhoneFeed(world, "zhangsan", "en", async (event) => void events.push(event))
  await settle()
  for (let n = 0; n < 50; n++) show(world, `m${n}`)
  await settle()
  assert.deepEqual(
    events.map(({ event }) => event),
    ["phone", "messages", "arrived"],
  )
  assert.equal(events[1]?.event === "messages" && events[1].data.length, 50)
  feed.close()
})

test("a page that takes no more is not queued for: it gets the whole phone when it is back", async () => {
  const world = new World(seedOrg(), {})
  const events: FeedEvent[] = []
  const stuck = Promise.withResolvers<void>()
  const feed = new PhoneFeed(world, "zhangsan", "en", (event) => {
    events.push(event)
    return events.length === 1 ? stuck.promise : Promise.resolve()
  })
  await settle()
  for (let n = 0; n < 1000; n++) show(world, `m${n}`)
  await settle()
  assert.equal(events.length, 1)
  stuck.resolve()
  await settle()
  assert.deepEqual(
    events.map(({ event }) => event),
    ["phone", "phone", "arrived"],
  )
  feed.close()
})

test("a message to a whole company names only some of those it reached", async () => {
  const world = new World(seedOrg(1000), {})
  const events: FeedEvent[] = []
  const feed = new PhoneFeed(world, "zhangsan", "en", async (event) => void events.push(event))
  show(
    world,
    "all",
    world.org.document.members.map(({ userid }) => userid),
  )
  await settle()
  const arrived = events.find(({ event }) => event === "arrived")
  assert.equal(arrived?.event === "arrived" && arrived.data.length, 500)
  feed.close()
})

test("a closed feed, and one whose page is gone, listen no more", async () => {
  const world = new World(seedOrg(), {})
  const listeners = (): number =>
    (["shown", "recalled", "updated", "reset"] as const).reduce(
      (sum, name) => sum + world.ledger.events.listenerCount(name),
      0,
    )
  const feed = new PhoneFeed(world, "zhangsan", "en", () => Promise.resolve())
  assert.equal(listeners(), 4)
  feed.close()
  assert.equal(listeners(), 0)
  const gone = new PhoneFeed(world, "zhangsan", "en", () => Promise.reject(new Error("gone")))
  await settle()
  assert.equal(listeners(), 0)
  gone.close()
})
