import assert from "node:assert/strict"
import { request as httpRequest } from "node:http"
import { test } from "node:test"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"

const LINES = { "content-type": "application/x-ndjson" }

const postLines = (gateway: TestGateway, lines: readonly string[], end = "\n"): Promise<TestAnswer> =>
  gateway.request("/v1/messages/batch", { body: lines.map((line) => `${line}${end}`).join(""), headers: LINES })

interface ItemAnswer {
  readonly index: number
  readonly status: number
  readonly id?: string
  readonly problem?: { readonly code: string; readonly status: number }
}

const answersOf = ({ text }: TestAnswer): ItemAnswer[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

// proves 3.2: accept
test("an array is answered by an array, in its order, each as if it had come alone", async () => {
  await using gateway = await startTestGateway()
  const items = [
    aMessage(),
    5,
    aMessage({ text: { content: "" } }),
    aMessage({ foo: 1 }),
    aMessage({ app: "nope" }),
    aMessage(),
  ]
  const answer = await gateway.request("/v1/messages/batch", { body: items })
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get("content-type") ?? "", /^application\/json/)
  assert.deepEqual(
    answer.json.map(({ index, status, problem }: ItemAnswer) => [index, status, problem?.code]),
    [
      [0, 202, undefined],
      [1, 400, "wrong_type"],
      [2, 422, "invalid_value"],
      [3, 400, "unknown_field"],
      [4, 404, "not_found"],
      [5, 202, undefined],
    ],
  )
  assert.equal(answer.json[1].problem.status, 400)
  const { json } = await gateway.request("/v1/messages")
  assert.deepEqual(
    json.items.map(({ id }: { id: string }) => id),
    [answer.json[5].id, answer.json[0].id],
  )
})

// proves 3.2: accept
test("lines are answered by lines; a broken one fails alone", async () => {
  await using gateway = await startTestGateway()
  const line = JSON.stringify(aMessage())
  const answer = await postLines(gateway, [line, "", "{bad", "  ", line, '"\\ud800"', "[]"], "\r\n")
  assert.equal(answer.status, 200)
  assert.match(answer.headers.get("content-type") ?? "", /^application\/x-ndjson/)
  assert.deepEqual(
    answersOf(answer).map(({ index, status, problem }) => [index, status, problem?.code]),
    [
      [0, 202, undefined],
      [1, 400, "invalid_json"],
      [2, 202, undefined],
      [3, 400, "invalid_text"],
      [4, 400, "wrong_type"],
    ],
  )
})

test("the last line needs no line end", async () => {
  await using gateway = await startTestGateway()
  const line = JSON.stringify(aMessage())
  const answer = await gateway.request("/v1/messages/batch", { body: `${line}\n${line}`, headers: LINES })
  assert.deepEqual(
    answersOf(answer).map(({ status }) => status),
    [202, 202],
  )
})

test("lines are answered while others are still on their way", async () => {
  await using gateway = await startTestGateway()
  const posting = httpRequest({
    port: gateway.port,
    method: "POST",
    path: "/v1/messages/batch",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...LINES },
  })
  posting.write(`${JSON.stringify(aMessage())}\n`)
  const [first, answer] = await new Promise<[string, NodeJS.ReadableStream]>((resolve, reject) => {
    posting.on("error", reject)
    posting.on("response", (answer) => answer.once("data", (data) => resolve([String(data), answer])))
  })
  assert.equal(JSON.parse(first).status, 202)
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 1)
  posting.end(`${JSON.stringify(aMessage())}\n`)
  let rest = ""
  for await (const data of answer) rest += String(data)
  assert.equal(JSON.parse(rest).index, 1)
})

test("each item may carry an idempotency key, equal ones in one batch are one message", async () => {
  await using gateway = await startTestGateway()
  const first = await gateway.request("/v1/messages/batch", {
    body: [keyed("1"), keyed("1"), keyed("2"), keyed("1", "b"), keyed("a b")],
  })
  const [one, again, two, reused, bad] = first.json
  assert.equal(one.id, again.id)
  assert.notEqual(one.id, two.id)
  assert.deepEqual([reused.status, reused.problem.code], [422, "idempotency_key_reused"])
  assert.deepEqual([bad.status, bad.problem.code], [400, "invalid_idempotency_key"])
  const single = await gateway.request("/v1/messages", {
    body: aMessage({ text: { content: "a" } }),
    headers: { "idempotency-key": "1" },
  })
  assert.equal(single.json.id, one.id, "a key of an item and one of a header are the same")
})

test("a batch as a whole takes no Idempotency-Key", async () => {
  await using gateway = await startTestGateway()
  const answer = await gateway.request("/v1/messages/batch", {
    body: [aMessage()],
    headers: { "idempotency-key": "k" },
  })
  assert.deepEqual([answer.status, answer.json.code], [400, "invalid_idempotency_key"])
})

// proves 3.bad 3: nothing half accepted
test("an array that cannot be read as a whole has nothing accepted", async () => {
  await using gateway = await startTestGateway()
  const line = JSON.stringify(aMessage())
  const large = `[${Array.from({ length: 3000 }, () => line).join(",")}`
  for (const [body, status] of [
    [`[${line},{]`, 400],
    [`[${line}`, 400],
    [large, 400],
    [`${large},"\\ud800"]`, 400],
    ["[]", 422],
    [line, 400],
    ["", 400],
  ] as const) {
    assert.equal((await gateway.request("/v1/messages/batch", { body })).status, status)
  }
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 0)
})

test("thousands of items keep their order, their lanes and their answers", async () => {
  await using gateway = await startTestGateway()
  const items = Array.from({ length: 3000 }, (_, n) => aMessage({ order_key: "lane", text: { content: String(n) } }))
  for (const { status, answers } of [
    await gateway
      .request("/v1/messages/batch", { body: items })
      .then((answer) => ({ status: answer.status, answers: answer.json })),
    await postLines(
      gateway,
      items.map((item) => JSON.stringify(item)),
    ).then((answer) => ({
      status: answer.status,
      answers: answersOf(answer),
    })),
  ]) {
    assert.equal(status, 200)
    assert.deepEqual(
      answers.map(({ index }: { index: number }) => index),
      items.map((_, index) => index),
    )
    const ids: string[] = answers.map(({ id }: { id: string }) => id)
    assert.equal(new Set(ids).size, items.length)
    assert.deepEqual(ids, ids.toSorted())
  }
})

test("lines over 64 MiB in all are cut off, and what came before stays accepted", async () => {
  await using gateway = await startTestGateway({ limits: { bodyBytes: 100_000 } })
  const line = `${JSON.stringify(aMessage())}\n`
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(Buffer.from(line.repeat(50)))
    },
  })
  const answer = await fetch(`${gateway.url}/v1/messages/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...LINES },
    body,
    duplex: "half",
  })
  const answers = (await answer.text())
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text))
  assert.deepEqual([answers.at(-1).status, answers.at(-1).problem.code], [413, "body_too_large"])
  assert.ok(answers.length > 50)
  assert.ok(answers.slice(0, -1).every(({ status }) => status === 202))
})

test("a client that leaves in the middle of a batch harms no other", async () => {
  await using gateway = await startTestGateway()
  const posting = httpRequest({
    port: gateway.port,
    method: "POST",
    path: "/v1/messages/batch",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...LINES },
  })
  posting.on("error", () => {})
  posting.write(`${JSON.stringify(aMessage())}\n`.repeat(100))
  await new Promise<void>((resolve) =>
    posting.on("response", (answer) => answer.once("data", () => resolve(answer.destroy() && undefined))),
  )
  assert.equal((await gateway.request("/v1/messages", { body: aMessage() })).status, 202)
  assert.deepEqual(
    gateway.logLines.filter((line) => line.includes('"level":"error"')),
    [],
  )
})

function keyed(key: string, text = "a"): Record<string, unknown> {
  return aMessage({ idempotency_key: key, text: { content: text } })
}
