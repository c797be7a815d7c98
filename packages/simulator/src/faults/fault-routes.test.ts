import assert from "node:assert/strict"
import { test } from "node:test"
import { type SimClient, simClient } from "../testing/sim-client.ts"

async function plan(client: SimClient, faults: unknown): Promise<Record<string, unknown>[]> {
  const response = await client.control("POST", "faults", faults)
  assert.equal(response.status, 200)
  return ((await response.json()) as { faults: Record<string, unknown>[] }).faults
}

async function left(client: SimClient): Promise<Record<string, unknown>[]> {
  const response = await client.control("GET", "faults")
  return ((await response.json()) as { faults: Record<string, unknown>[] }).faults
}

test("a planned fault strikes, and what is left can be read", async () => {
  await using client = await simClient()
  const fault = { path: "/cgi-bin/message/send", kind: "errcode", errcode: 45009, times: 2 }
  assert.deepEqual(await plan(client, fault), [{ ...fault, path: "message/send", after: 0 }])
  assert.equal((await client.send()).errcode, 45009)
  assert.deepEqual(await left(client), [{ ...fault, path: "message/send", after: 0, times: 1 }])
  assert.equal((await client.send()).errcode, 45009)
  assert.equal((await client.send()).errcode, 0)
  assert.deepEqual(await left(client), [])
})

test("faults of one path run in the order added, over several posts", async () => {
  await using client = await simClient()
  await plan(client, [
    { path: "message/send", kind: "errcode", errcode: -1, after: 1 },
    { path: "*", kind: "errcode", errcode: 45033, match: "李四" },
  ])
  await plan(client, { path: "message/send", kind: "errcode", errcode: 42001, match: "王五" })
  const errcodes = []
  for (const content of ["张三", "张三", "王五", "李四", "张三"]) {
    errcodes.push((await client.send({ text: { content } })).errcode)
  }
  assert.deepEqual(errcodes, [0, -1, 42001, 45033, 0])
})

test("deleting the faults ends them, and so does a reset", async () => {
  await using client = await simClient()
  for (const [method, path] of [
    ["DELETE", "faults"],
    ["POST", "reset"],
  ] as const) {
    await plan(client, { path: "*", kind: "hang_before", times: 100 })
    assert.equal((await client.control(method, path)).status, 200)
    assert.deepEqual(await left(client), [])
    assert.equal((await client.send()).errcode, 0)
  }
})

const remove = (client: SimClient, nth: number, fault: unknown): Promise<Response> =>
  client.control("POST", "faults/remove", { nth, fault })

test("one fault is removed by what the list said of it, though others have gone and it has met calls since", async () => {
  await using client = await simClient()
  const twin = { path: "user/get", kind: "raw", body: "HTTP" }
  const [, first, busy, second] = await plan(client, [
    { path: "message/send", kind: "errcode", errcode: 1 },
    twin,
    { path: "message/send", kind: "errcode", errcode: -1, body: { hint: [1] }, times: 5, after: 1 },
    twin,
  ])
  for (let n = 0; n < 3; n++) await client.send()
  assert.equal((await remove(client, 2, busy)).status, 200)
  assert.deepEqual(await left(client), [first, second])
  assert.equal((await remove(client, 0, second)).status, 200)
  assert.deepEqual(await left(client), [second])
})

test("a fault that is no longer there, or was not on the list, cannot be removed, and nothing else is", async () => {
  await using client = await simClient()
  const [fault] = await plan(client, { path: "message/send", kind: "errcode", errcode: 1 })
  const other = await remove(client, 5, { ...fault, errcode: 2 })
  const { error, error_zh } = (await other.json()) as Record<string, unknown>
  assert.deepEqual([other.status, typeof error, typeof error_zh], [409, "string", "string"])
  assert.equal((await remove(client, -1, fault)).status, 400)
  assert.equal((await remove(client, 0, "errcode")).status, 400)
  assert.equal((await client.control("POST", "faults/remove", { nth: 0 })).status, 400)
  assert.deepEqual(await left(client), [fault])
  await client.send()
  assert.equal((await remove(client, 0, fault)).status, 409)
})

test("a malformed fault is refused with every bad field named, and nothing of its list is planned", async () => {
  await using client = await simClient()
  const response = await client.control("POST", "faults", [
    { path: "*", kind: "html" },
    { path: "*", kind: "truncate", times: 0 },
    { kind: "melt" },
  ])
  assert.equal(response.status, 400)
  const { errors } = (await response.json()) as { errors: { path: string; detail: string; detail_zh: string }[] }
  assert.deepEqual(
    errors.map(({ path }) => path),
    ["[1].times", "[1].bytes", "[2].path", "[2].kind"],
  )
  assert.deepEqual([errors[1]?.detail, errors[1]?.detail_zh], ["is missing", "缺少此字段"])
  assert.deepEqual(await left(client), [])
})

test("what is no JSON is refused", async () => {
  await using client = await simClient()
  assert.equal((await client.control("POST", "faults")).status, 400)
})

test("an errcode comes as WeCom would say it, with the caller's address, and nothing is delivered", async () => {
  await using client = await simClient()
  await plan(client, { path: "message/send", kind: "errcode", errcode: 60020 })
  assert.match((await client.send()).errmsg, /from ip: 127\.0\.0\.1/)
  assert.deepEqual(await client.copies(), [])
  const call = (await client.calls()).at(-1)
  assert.deepEqual([call?.errcode, call?.fault, call?.shown], [60020, "errcode", []])
})

test("an answer can contradict itself: success that names the very recipient as invalid", async () => {
  await using client = await simClient()
  const body = { invaliduser: ["zhangsan"], msgid: 7 }
  await plan(client, { path: "message/send", kind: "errcode", errcode: 0, body, acts: true })
  assert.deepEqual(await client.send(), { errcode: 0, errmsg: "ok", ...body })
  assert.equal((await client.copies("zhangsan")).length, 1)
})

for (const { fault, delivered } of [
  { fault: { kind: "http_status", status: 502 }, delivered: 0 },
  { fault: { kind: "http_status", status: 502, acts: true }, delivered: 1 },
  { fault: { kind: "html" }, delivered: 0 },
  { fault: { kind: "reset_before" }, delivered: 0 },
  { fault: { kind: "reset_after" }, delivered: 1 },
  { fault: { kind: "truncate", bytes: 0 }, delivered: 1 },
  { fault: { kind: "hang_before", delay_ms: 1 }, delivered: 0 },
  { fault: { kind: "hang_after", delay_ms: 1 }, delivered: 1 },
]) {
  test(`after ${JSON.stringify(fault)} the phone shows ${delivered}, and the ledger names the fault`, async () => {
    await using client = await simClient()
    const token = await client.token()
    await plan(client, { path: "message/send", ...fault })
    const body = { touser: "zhangsan", msgtype: "text", agentid: 1000002, text: { content: "你好" } }
    await assert.rejects(client.post("message/send", { access_token: token }, body))
    assert.equal((await client.copies("zhangsan")).length, delivered)
    const call = (await client.calls()).at(-1)
    assert.deepEqual([call?.fault, call?.shown.length], [fault.kind, delivered])
  })
}

test("cut at any byte, the answer never hides that the message was delivered", async () => {
  await using client = await simClient({ settings: { limits: { member_per_minute: null } } })
  const whole = await client.send()
  const length = Buffer.byteLength(JSON.stringify(whole))
  const cuts = Array.from({ length }, (_, bytes) => ({ path: "message/send", kind: "truncate", bytes }))
  await plan(client, cuts)
  for (const { bytes } of cuts) await assert.rejects(client.send(), `cut at ${bytes}`)
  assert.equal((await client.copies("zhangsan")).length, length + 1)
  assert.equal((await client.calls()).filter(({ fault }) => fault === "truncate").length, length)
})

test("slow and drip deliver, and answer in the end", async () => {
  await using client = await simClient()
  await plan(client, [
    { path: "message/send", kind: "slow", delay_ms: 1 },
    { path: "message/send", kind: "drip", delay_ms: 0 },
  ])
  assert.equal((await client.send()).errcode, 0)
  assert.equal((await client.send()).errcode, 0)
  assert.equal((await client.copies("zhangsan")).length, 2)
})

test("a simulator with calls hanging in it closes at once", { timeout: 60_000 }, async () => {
  await using client = await simClient()
  const token = await client.token()
  await plan(client, { path: "message/send", kind: "hang_after", times: 3 })
  const calls = [1, 2, 3].map(() => client.post("message/send", { access_token: token }, {}))
  while ((await client.calls()).filter(({ fault }) => fault === "hang_after").length < 3);
  await client.sim.close()
  for (const { status } of await Promise.allSettled(calls)) assert.equal(status, "rejected")
})
