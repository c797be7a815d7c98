import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { seedOrg } from "../org/seed.ts"
import { World } from "../world.ts"
import type { FeedEvent } from "./feed-events.ts"
import { PhoneFeed } from "./phone-feed.ts"
import type { TimelineFilter } from "./timeline.ts"

const ZHANGSAN: TimelineFilter = { userid: "zhangsan", conversation: undefined, withKeptBack: false }
const TEXT = { agentid: 1000002, atMs: 0, msgtype: "text" }

const rawOf = (content: string): Buffer => Buffer.from(JSON.stringify({ msgtype: "text", text: { content } }))

function show(world: World, content: string, shownTo = ["zhangsan"]): void {
  const rest = { ...TEXT, altered: undefined, taskId: undefined }
  world.ledger.show({ ...rest, msgid: content, raw: rawOf(content), shownTo })
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await setImmediate()
}

type Data<E> = Extract<FeedEvent, { readonly event: E }>["data"]

/** A page that takes everything at once. */
function follow(world: World, filter = ZHANGSAN) {
  const events: FeedEvent[] = []
  const feed = new PhoneFeed(world, filter, async (event) => void events.push(event))
  return {
    events,
    names: () => events.map(({ event }) => event),
    dataOf: <E extends FeedEvent["event"]>(name: E): Data<E>[] =>
      events.filter(({ event }) => event === name).map(({ data }) => data as Data<E>),
    [Symbol.dispose]: () => feed.close(),
  }
}

test("what happens in one turn of the event loop is one event", async () => {
  const world = new World(seedOrg(), {})
  using page = follow(world)
  await settle()
  for (let n = 0; n < 50; n++) show(world, `m${n}`)
  await settle()
  assert.deepEqual(page.names(), ["phone", "changes", "arrived"])
  assert.equal(page.dataOf("changes")[0]?.entries.length, 50)
  assert.deepEqual(page.dataOf("arrived"), [[{ userid: "zhangsan", conversation: 1000002, count: 50 }]])
})

test("a page that looks for a text gets what has it, also in bursts", async () => {
  const world = new World(seedOrg(), {})
  show(world, "disk 1")
  show(world, "other")
  using page = follow(world, { ...ZHANGSAN, text: "DISK" })
  await settle()
  for (const content of ["disk 2", "another"]) show(world, content)
  await settle()
  const previews = [page.dataOf("phone")[0]?.timeline.entries, page.dataOf("changes")[0]?.entries]
  assert.deepEqual(
    previews.map((entries) => entries?.map(({ preview }) => preview)),
    [["disk 1"], ["disk 2"]],
  )
})

test("a burst comes in portions, so that none is too much for the page to draw", async () => {
  const world = new World(seedOrg(), {})
  using page = follow(world)
  await settle()
  for (let n = 0; n < 450; n++) show(world, `m${n}`)
  await settle()
  assert.deepEqual(
    page.dataOf("changes").map(({ entries }) => entries.length),
    [200, 200, 50],
  )
})

test("a page that takes no more is not queued for: it gets the whole phone when it is back", async () => {
  const world = new World(seedOrg(), {})
  const names: string[] = []
  const stuck = Promise.withResolvers<void>()
  const feed = new PhoneFeed(world, ZHANGSAN, ({ event }) => {
    names.push(event)
    return names.length === 1 ? stuck.promise : Promise.resolve()
  })
  await settle()
  for (let n = 0; n < 3000; n++) show(world, `m${n}`)
  await settle()
  assert.deepEqual(names, ["phone"])
  stuck.resolve()
  await settle()
  assert.deepEqual(names, ["phone", "phone", "arrived"])
  feed.close()
})

test("a message to a whole company names only some of those it reached", async () => {
  const world = new World(seedOrg(1000), {})
  using page = follow(world)
  show(
    world,
    "all",
    world.org.document.members.map(({ userid }) => userid),
  )
  await settle()
  assert.equal(page.dataOf("arrived")[0]?.length, 500)
})

test("what was kept back is counted, and shown on request", async () => {
  const world = new World(seedOrg(), {})
  using page = follow(world)
  using curious = follow(world, { ...ZHANGSAN, withKeptBack: true })
  await settle()
  const copies = { ...TEXT, raw: rawOf("x"), userids: ["zhangsan"] }
  world.ledger.keepBack({ ...copies, reason: "dropped" })
  world.ledger.keepBack({ ...copies, reason: "dropped", userids: ["lisi"] })
  await settle()
  assert.deepEqual(page.dataOf("changes"), [{ entries: [], kept_back: 1 }])
  const [change] = curious.dataOf("changes")
  assert.deepEqual([change?.kept_back, change?.entries.map(({ kind }) => kind)], [1, ["kept_back"]])
  using later = follow(world)
  await settle()
  assert.equal(later.dataOf("phone")[0]?.kept_back, 1)
})

test("only the open conversation is sent; what arrives in another is named", async () => {
  const world = new World(seedOrg(), {})
  using page = follow(world, { ...ZHANGSAN, conversation: 1000004 })
  await settle()
  show(world, "of the alerts app")
  await settle()
  assert.deepEqual(page.names(), ["phone", "arrived"])
})

test("another organisation is announced, with the phone as it is in there", async () => {
  const world = new World(seedOrg(), {})
  using page = follow(world)
  await settle()
  const org = seedOrg()
  org.members = org.members.map((member) => ({ ...member, name: `${member.name}!` }))
  world.replaceOrg(org)
  await settle()
  assert.deepEqual(page.names(), ["phone", "org", "phone"])
  assert.deepEqual(
    page.dataOf("phone").map(({ member }) => member?.name),
    ["张三", "张三!"],
  )
})

test("a reset begins another run", async () => {
  const world = new World(seedOrg(), {})
  using page = follow(world)
  show(world, "forgotten")
  await settle()
  world.reset()
  await settle()
  assert.deepEqual(page.names().slice(-2), ["reset", "phone"])
  const [before, after] = page.dataOf("phone")
  assert.notEqual(before?.run, after?.run)
  assert.deepEqual(after?.timeline, { entries: [], before: null })
})

test("the apps of a phone are those that sent something, be they gone, then those that could, then the others", async () => {
  const world = new World(seedOrg(), {})
  world.ledger.show({
    ...TEXT,
    agentid: 77,
    msgid: "M",
    raw: rawOf("x"),
    altered: undefined,
    taskId: undefined,
    shownTo: ["zhangsan"],
  })
  using page = follow(world)
  await settle()
  assert.deepEqual(
    page.dataOf("phone")[0]?.apps.map(({ name, visible }) => [name, visible]),
    [
      ["77", false],
      ["告警", true],
      ["全员", true],
      ["机器人", true],
      ["智能机器人", true],
      ["人事", false],
    ],
  )
})

test("a closed feed, and one whose page is gone, listen no more", async () => {
  const world = new World(seedOrg(), {})
  const listeners = (): number =>
    (["shown", "recalled", "updated", "keptBack", "reset"] as const).reduce(
      (sum, name) => sum + world.ledger.events.listenerCount(name),
      world.changes.listenerCount("org"),
    )
  const own = listeners()
  const feed = new PhoneFeed(world, ZHANGSAN, () => Promise.resolve())
  assert.equal(listeners(), own + 6)
  feed.close()
  assert.equal(listeners(), own)
  const gone = new PhoneFeed(world, ZHANGSAN, () => Promise.reject(new Error("gone")))
  await settle()
  assert.equal(listeners(), own)
  gone.close()
})
