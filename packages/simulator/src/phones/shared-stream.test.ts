import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { seedOrg } from "../org/seed.ts"
import { simClient } from "../testing/sim-client.ts"
import { World } from "../world.ts"
import { SharedStream } from "./shared-stream.ts"

interface Sent {
  readonly id?: string
  readonly event: string
  readonly data: unknown
}

function show(world: World, content: string, shownTo: string[]): void {
  const raw = Buffer.from(JSON.stringify({ msgtype: "text", text: { content } }))
  world.ledger.show({
    agentid: 1000002,
    atMs: 0,
    msgtype: "text",
    altered: undefined,
    taskId: undefined,
    msgid: content,
    raw,
    shownTo,
  })
}

function open(world: World) {
  const sent: Sent[] = []
  const stream = new SharedStream(world, async (event) => void sent.push(event))
  return {
    stream,
    follow: (queries: Record<string, string>) =>
      stream.follow(
        new Map(
          Object.entries(queries).map(([page, userid]) => [
            page,
            { query: userid, filter: { userid, conversation: undefined, withKeptBack: false } },
          ]),
        ),
      ),
    /** What came since the last time, as page and event. */
    take: async (): Promise<string[]> => {
      for (let turn = 0; turn < 60; turn++) await setImmediate()
      return sent.splice(0).map(({ id, event }) => `${id ?? "-"} ${event}`)
    },
    [Symbol.dispose]: () => stream.close(),
  }
}

// proves 28.tabs: phones in many tabs
test("each page gets its own phone, by its name; what another page does sends it nothing again", async () => {
  const world = new World(seedOrg(), {})
  using shared = open(world)
  assert.deepEqual(await shared.take(), ["- stream"])
  shared.follow({ a: "zhangsan", b: "lisi" })
  assert.deepEqual((await shared.take()).toSorted(), ["a phone", "b phone"])
  show(world, "one", ["lisi"])
  assert.deepEqual((await shared.take()).toSorted(), ["a arrived", "b arrived", "b changes"])
  shared.follow({ a: "zhangsan", b: "WangWu", c: "lisi" })
  assert.deepEqual((await shared.take()).toSorted(), ["b phone", "c phone"])
  shared.follow({ c: "lisi" })
  show(world, "two", ["zhangsan", "lisi"])
  assert.deepEqual((await shared.take()).toSorted(), ["c arrived", "c changes"])
})

// proves 28.tabs: phones in many tabs
test("a stream that is closed leaves no phone followed", async () => {
  const world = new World(seedOrg(), {})
  const before = world.ledger.events.listenerCount("shown")
  const shared = open(world)
  shared.follow({ a: "zhangsan", b: "lisi" })
  assert.equal(world.ledger.events.listenerCount("shown"), before + 2)
  shared.stream.close()
  assert.equal(world.ledger.events.listenerCount("shown"), before)
})

// proves 28.tabs: phones in many tabs
test("what pages follow is sent to an open stream, and refused with what is wrong", async () => {
  await using client = await simClient()
  const put = async (id: string, body: unknown) => {
    const answer = await fetch(`${client.sim.url}/_sim/events/shared/${id}`, {
      method: "PUT",
      body: JSON.stringify(body),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const stop = new AbortController()
  const stream = await fetch(`${client.sim.url}/_sim/events/shared`, { signal: stop.signal })
  assert.ok(stream.body)
  const { value: piece } = await stream.body.pipeThrough(new TextDecoderStream()).getReader().read()
  const id = /^event: stream\ndata: "(.*)"\n\n$/m.exec(piece ?? "")?.[1] ?? ""
  assert.equal((await put(id, { pages: [{ page: "1", query: "userid=zhangsan" }] })).status, 200)
  const unknown = await put("0", { pages: [] })
  assert.equal(unknown.status, 400)
  assert.match(unknown.text, /is not the id of an open stream/)
  const bad = await put(id, { pages: [{ query: 5 }] })
  assert.equal(bad.status, 400)
  assert.match(bad.text, /pages\[0\]\.page is missing; pages\[0\]\.query must be a string/)
  stop.abort()
  while ((await put(id, { pages: [] })).status === 200) await new Promise((resolve) => setTimeout(resolve, 20))
})
