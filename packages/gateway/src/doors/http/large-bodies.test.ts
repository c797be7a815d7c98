import assert from "node:assert/strict"
import { PassThrough } from "node:stream"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import { readWhole } from "../kit/whole-body.ts"

const mobilesFrom = (count: number): string[] => Array.from({ length: count }, (_, n) => String(13_800_000_000 + n))

// proves C11: a million recipients
test("C11: a list that is too long for one turn of the event loop is stored like any other", async () => {
  await using gateway = await startTestGateway()
  const mobiles = mobilesFrom(100_000)
  mobiles[54_321] = "中文"
  const to = { users: ["ZhangSan"], mobiles, departments: [2] }
  const body = aMessage({ to, text: { content: "😀 中文" } })
  const answer = await gateway.request("/v1/messages", { body, headers: { "idempotency-key": "k" } })
  assert.deepEqual([answer.status, answer.json.recipients, answer.json.state], [202, 100_002, "queued"])
  const message = await gateway.request(`/v1/messages/${answer.json.id}`)
  assert.deepEqual([message.json.recipients.pending, message.json.recipients.invalid], [100_001, 1])
  const invalid = await gateway.request(`/v1/messages/${answer.json.id}/recipients?state=invalid`)
  assert.deepEqual(
    invalid.json.items.map(({ address }: { address: string }) => address),
    ["中文"],
  )
  const first = await gateway.request(`/v1/messages/${answer.json.id}/recipients?limit=2`)
  assert.deepEqual(
    first.json.items.map(({ type, userid }: Record<string, string>) => [type, userid]),
    [
      ["user", "ZhangSan"],
      ["mobile", null],
    ],
  )
  const again = await gateway.request("/v1/messages", { body, headers: { "idempotency-key": "k" } })
  assert.deepEqual([again.json.id, again.headers.get("idempotent-replayed")], [answer.json.id, "true"])
})

// proves C11: a million recipients
test("C11: others are answered while a long list is being taken in", async () => {
  await using gateway = await startTestGateway()
  const progress = { isTakenIn: false, answered: 0 }
  const long = gateway
    .request("/v1/messages", { body: aMessage({ to: { mobiles: mobilesFrom(300_000) } }) })
    .finally(() => (progress.isTakenIn = true))
  while (!progress.isTakenIn) {
    assert.equal((await gateway.request("/healthz", { key: null })).status, 200)
    progress.answered++
  }
  assert.equal((await long).status, 202)
  assert.ok(progress.answered > 5, `${progress.answered} answers meanwhile`)
})

// proves 28.D2: bodies of millions of names
test("28.D2: a message that takes longer to be taken in than a connection may be silent is answered", async () => {
  await using gateway = await startTestGateway({ limits: { stallMs: 400 } })
  const { outbox } = gateway.stores
  const accept = outbox.accept.bind(outbox)
  outbox.accept = async (request) => {
    await sleep(1200)
    return accept(request)
  }
  const answer = await gateway.request("/v1/messages", { body: aMessage({ to: { users: ["zhangsan"] } }) })
  assert.equal(answer.status, 202)
})

// proves 28.D2: bodies of millions of names
test("28.D2: a long body is put together as it comes, and not at its end", async () => {
  const [PIECES, PIECE] = [800, Buffer.alloc(64 * 1024, "x")]
  const payload = new PassThrough()
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const length = PIECES * PIECE.length
  readWhole(payload, { length, limit: length }, (_failure, bytes) => resolve(bytes))
  const coming = cpuMs(() => {
    for (let n = 0; n < PIECES; n++) payload.emit("data", PIECE)
  })
  const atEnd = cpuMs(() => payload.emit("end"))
  const bytes = await promise
  assert.deepEqual([bytes?.length, bytes?.at(-1)], [length, PIECE[0]])
  assert.ok(atEnd < coming / 4, `${atEnd} ms at the end, ${coming} ms before`)
})

function cpuMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}

test("what is wrong with a large body is reported as of a small one", async () => {
  await using gateway = await startTestGateway()
  const mobiles = mobilesFrom(30_000)
  const cases: [unknown, number, string][] = [
    [JSON.stringify(aMessage({ to: { mobiles } })).slice(0, -1), 400, "invalid_json"],
    [JSON.stringify(aMessage({ to: { mobiles } })).replace('"13800020000"', '"\\ud800"'), 400, "invalid_text"],
    [
      Buffer.concat([Buffer.from(JSON.stringify(aMessage({ to: { mobiles } }))), Buffer.from([0xff])]),
      400,
      "invalid_utf8",
    ],
    [aMessage({ to: { mobiles: [...mobiles, 5] } }), 400, "wrong_type"],
    [aMessage({ to: { mobiles: mobiles.map(Number) } }), 400, "wrong_type"],
    [aMessage({ to: { mobiles }, foo: 1 }), 400, "unknown_field"],
    [aMessage({ to: { users: mobiles.map((mobile) => `${mobile}|`) } }), 422, "invalid_value"],
    [`${"[".repeat(300_000)}1${"]".repeat(300_000)}`, 400, "too_deep"],
    [aMessage({ text: { content: "a".repeat(400_000) } }), 422, "invalid_value"],
    [aMessage({ overflow: "split", text: { content: "a".repeat(400_000) } }), 422, "invalid_value"],
  ]
  for (const [body, status, code] of cases) {
    const answer = await gateway.request("/v1/messages", { body })
    assert.deepEqual([answer.status, answer.json.code], [status, code])
    assert.ok(answer.json.errors.length <= 100)
  }
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 0)
})

test("a body of too many values is refused 413 instead of filling the memory", async () => {
  await using gateway = await startTestGateway()
  const answer = await gateway.request("/v1/messages", { body: `[${"[],".repeat(6_000_000)}[]]` })
  assert.deepEqual([answer.status, answer.json.code], [413, "too_many_values"])
  assert.equal((await gateway.request("/v1/messages", { body: aMessage() })).status, 202)
})

test("a text that is cut from a large body arrives cut", async () => {
  await using gateway = await startTestGateway()
  const answer = await gateway.request("/v1/messages", {
    body: aMessage({ overflow: "truncate", text: { content: "中".repeat(200_000) } }),
  })
  assert.equal(answer.status, 202)
})

test("a large array is taken in item by item, long lists among them", async () => {
  await using gateway = await startTestGateway()
  const items: unknown[] = Array.from({ length: 2000 }, (_, n) => aMessage({ text: { content: String(n) } }))
  items[700] = aMessage({ to: { mobiles: mobilesFrom(20_000) } })
  items[1300] = { nothing: "right" }
  const { status, json } = await gateway.request("/v1/messages/batch", { body: items })
  assert.equal(status, 200)
  assert.equal(json.length, 2000)
  assert.deepEqual([json[1300].status, json[1300].problem.code], [400, "unknown_field"])
  const long = await gateway.request(`/v1/messages/${json[700].id}`)
  assert.equal(long.json.recipients.total, 20_000)
})

test("several large bodies at once do not get in one another's way", async () => {
  await using gateway = await startTestGateway()
  const counts = [30_000, 40_000, 50_000]
  const answers = await Promise.all(
    counts.map((count) => gateway.request("/v1/messages", { body: aMessage({ to: { mobiles: mobilesFrom(count) } }) })),
  )
  assert.deepEqual(
    answers.map(({ json }) => json.recipients),
    counts,
  )
})
