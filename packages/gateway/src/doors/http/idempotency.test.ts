import assert from "node:assert/strict"
import { test } from "node:test"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { RawConnection } from "./testing/raw-connection.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"

const NOON = Date.parse("2026-11-25T12:00:00+08:00")
const HOUR = 3600_000

const post = (gateway: TestGateway, key: string, changes: Record<string, unknown> = {}): Promise<TestAnswer> =>
  gateway.request("/v1/messages", { body: aMessage(changes), headers: { "idempotency-key": key } })

// proves C2: one key, many posts at once
test("C2: a hundred equal requests with one key at once are one message, and the others hear its id", async () => {
  await using gateway = await startTestGateway()
  const answers = await Promise.all(Array.from({ length: 100 }, () => post(gateway, "k")))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]))
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1)
  assert.equal(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true").length, 99)
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 1)
})

// proves C2: one key, many posts at once
test("C2: a thousand keys, four equal requests of each at once, are a thousand messages", async () => {
  await using gateway = await startTestGateway()
  const ids = new Map<string, Set<string>>()
  const keys = Array.from({ length: 1000 }, (_, n) => `k${n}`)
  const ask = async (key: string): Promise<boolean> => {
    const { status, json, headers } = await post(gateway, key, { text: { content: key } })
    assert.equal(status, 202)
    ids.set(key, (ids.get(key) ?? new Set()).add(json.id))
    return headers.get("idempotent-replayed") === "true"
  }
  let replays = 0
  for (let from = 0; from < keys.length; from += 50) {
    const asked = keys.slice(from, from + 50).flatMap((key) => [ask(key), ask(key), ask(key), ask(key)])
    replays += (await Promise.all(asked)).filter(Boolean).length
  }
  assert.equal(replays, 3000)
  assert.deepEqual(new Set([...ids.values()].map(({ size }) => size)), new Set([1]))
  assert.equal(new Set([...ids.values()].flatMap((of) => [...of])).size, 1000)
  const { json } = await gateway.request("/v1/messages?limit=1000")
  assert.deepEqual([json.items.length, json.next_cursor], [1000, null])
})

// proves C3: one key, another body
test("C3: the same key with another body is refused 422, and the first message left alone", async () => {
  await using gateway = await startTestGateway()
  const first = await post(gateway, "k")
  const other = await post(gateway, "k", { text: { content: "磁盘 92%" } })
  assert.deepEqual([other.status, other.json.code], [422, "idempotency_key_reused"])
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 1)
  assert.equal((await post(gateway, "k")).json.id, first.json.id)
})

// proves C3: one key, another body
test("C3: the body counts as it is parsed: the order of names and white space do not", async () => {
  await using gateway = await startTestGateway()
  const first = await post(gateway, "k")
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(aMessage()).toReversed()), null, 2)
  const again = await gateway.request("/v1/messages", { body: reordered, headers: { "idempotency-key": "k" } })
  assert.deepEqual([again.status, again.json.id], [202, first.json.id])
})

// proves C4: one key, another client
test("C4: the same key of another client is another key", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/v1/keys", { body: { name: "b", scopes: ["send"], apps: "all" } })
  const mine = await post(gateway, "k")
  const theirs = await gateway.request("/v1/messages", {
    key: json.key,
    body: aMessage({ text: { content: "other" } }),
    headers: { "idempotency-key": "k" },
  })
  assert.deepEqual([mine.status, theirs.status, theirs.headers.get("idempotent-replayed")], [202, 202, null])
})

// proves C5: keys of a bad form
test("C5: a key is 1 to 255 visible ASCII characters, quoted or bare", async () => {
  await using gateway = await startTestGateway()
  const fine = ["a", "x".repeat(255), "!~", '"quoted"', '"a \\" b"'.replaceAll(" ", "_"), `"${"x".repeat(255)}"`]
  for (const key of fine) assert.equal((await post(gateway, key)).status, 202, key)
  const bad = ["", '""', "x".repeat(256), "a b", '"a b"', `"${"x".repeat(256)}"`]
  for (const key of bad) {
    const answer = await post(gateway, key)
    assert.deepEqual([answer.status, answer.json.code], [400, "invalid_idempotency_key"], key)
  }
})

// proves C5: keys of a bad form
// proves row 30: line breaks on their way to a header
test("C5: control characters and others than ASCII in a key are refused 400", async () => {
  await using gateway = await startTestGateway()
  for (const key of ["a\u0001b", "a\tb", "caf\u00e9", "\u007f"]) {
    using connection = new RawConnection(gateway.port)
    connection.write(Buffer.from(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n`))
    connection.write(Buffer.from(`Content-Type: application/json\r\nIdempotency-Key: ${key}\r\n`, "latin1"))
    connection.write(`Content-Length: 2\r\nConnection: close\r\n\r\n{}`)
    await connection.closed
    assert.equal(connection.status, 400, JSON.stringify(key))
  }
})

test("C5: a bare and a quoted key are the same", async () => {
  await using gateway = await startTestGateway()
  const [bare, quoted] = [await post(gateway, "k"), await post(gateway, '"k"')]
  assert.equal(bare.json.id, quoted.json.id)
})

// proves C6: a key after restart and after its time
test("C6: a key is remembered over a restart and for 72 hours, then it is free", async () => {
  using folder = new TemporaryFolder()
  const clock = { now: NOON }
  const start = (): Promise<TestGateway> => startTestGateway({ folder, now: () => clock.now })
  let first: string
  {
    await using gateway = await start()
    first = (await post(gateway, "k")).json.id
  }
  await using gateway = await start()
  for (const [hours, isReplay] of [
    [0, true],
    [23, true],
    [71.9, true],
    [72, false],
  ] as const) {
    clock.now = NOON + hours * HOUR
    const answer = await post(gateway, "k")
    assert.equal(answer.status, 202)
    assert.equal(answer.json.id === first, isReplay, `after ${hours} h`)
    assert.equal(answer.headers.get("idempotent-replayed"), isReplay ? "true" : null, `after ${hours} h`)
  }
})

test("C6: a repeat gets the first answer also when the request would be refused by now", async () => {
  const clock = { now: NOON }
  await using gateway = await startTestGateway({ now: () => clock.now })
  const changes = { send_at: "2026-11-25T13:00:00+08:00", expires_at: "2026-11-25T14:00:00+08:00" }
  const first = await post(gateway, "k", changes)
  assert.equal(first.json.state, "scheduled")
  clock.now = NOON + 10 * HOUR
  const again = await post(gateway, "k", changes)
  assert.deepEqual([again.status, again.json], [202, first.json])
  const other = await post(gateway, "k", { ...changes, expires_at: "2026-11-25T14:00:01+08:00" })
  assert.deepEqual([other.status, other.json.code], [422, "idempotency_key_reused"])
  assert.equal((await post(gateway, "another", changes)).status, 422)
})

test("a refused request leaves its key free", async () => {
  await using gateway = await startTestGateway()
  assert.equal((await post(gateway, "k", { text: { content: "" } })).status, 422)
  assert.equal((await post(gateway, "k")).status, 202)
})
