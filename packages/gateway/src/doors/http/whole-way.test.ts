import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

test("one request tells each person's outcome, and every phone shows it once", async () => {
  await using world = await startWithSimulator()
  const to = {
    users: ["lisi", "nobody"],
    mobiles: ["13800000001", "13800009999", "12", "13800000008"],
    departments: [3],
  }
  const { json } = await world.request("/v1/messages", { body: aMessage({ to }) })
  const message = await world.until(json.id, "partly_sent", "sent", "failed")
  assert.equal(message["state"], "partly_sent")
  const { items } = (await world.request(`/v1/messages/${json.id}/recipients`)).json
  assert.deepEqual(
    items.map(({ address, state, userid }: Record<string, string>) => [address, state, userid]),
    [
      ["lisi", "sent", "lisi"],
      ["nobody", "invalid", "nobody"],
      ["13800000001", "sent", "zhangsan"],
      ["13800009999", "not_found", null],
      ["12", "invalid", null],
      ["13800000008", "unlicensed", "unlicensed"],
      ["3", "sent", null],
    ],
  )
  for (const userid of ["lisi", "zhangsan", "WangWu"]) assert.equal((await world.phone(userid)).length, 1, userid)
  const attempts = (await world.request(`/v1/messages/${json.id}/attempts`)).json.items
  assert.deepEqual([attempts.length, attempts[0].result, attempts[0].errcode], [1, "accepted", 0])
  const metrics = (await world.request("/metrics")).text
  assert.match(metrics, /wecom_push_wecom_request_duration_seconds_count\{api="message\/send",outcome="ok"\} 1/)
})

test("a scheduled message can be cancelled, and never reaches a phone", async () => {
  await using world = await startWithSimulator()
  const send_at = new Date(Date.now() + 3_600_000).toISOString()
  const { json } = await world.request("/v1/messages", { body: aMessage({ send_at }) })
  assert.equal(json.state, "scheduled")
  const cancelled = await world.request(`/v1/messages/${json.id}/cancel`, { method: "POST" })
  assert.deepEqual(cancelled.json, { id: json.id, state: "cancelled", cancelled: 1 })
  assert.equal((await world.request(`/v1/messages/${json.id}/cancel`, { method: "POST" })).json.code, "already_sent")
  assert.deepEqual(await world.phone("zhangsan"), [])
})

// proves 12.G3: the work queue, a port
test("a scheduled message goes out at its time although WeCom has not answered the one before it", async () => {
  await using world = await startWithSimulator()
  const slow = { path: "message/send", kind: "slow", delay_ms: 9000, times: 1 }
  await fetch(`${world.simulator.url}/_sim/faults`, { method: "POST", body: JSON.stringify(slow) })
  const now = Date.now()
  const ids: string[] = []
  for (const [index, user] of ["zhangsan", "lisi"].entries()) {
    const send_at = new Date(now + (index + 1) * 1000).toISOString()
    const { json } = await world.request("/v1/messages", { body: aMessage({ to: { users: [user] }, send_at }) })
    ids.push(json.id)
  }
  const [first = "", second = ""] = ids
  await world.until(second, "sent")
  assert.equal((await world.request(`/v1/messages/${first}`)).json.state, "sending")
  await world.until(first, "sent")
})

test("a message that was sent can be recalled, call by call", async () => {
  await using world = await startWithSimulator()
  const { json } = await world.request("/v1/messages", { body: aMessage() })
  await world.until(json.id, "sent")
  const recalled = await world.request(`/v1/messages/${json.id}/recall`, { method: "POST" })
  assert.equal(recalled.status, 200, recalled.text)
  assert.deepEqual(
    recalled.json.calls.map(({ result }: { result: string }) => result),
    ["recalled"],
  )
  assert.equal((await world.until(json.id, "recalled"))["recipients"].recalled, 1)
})

test("who is behind a number can be asked", async () => {
  await using world = await startWithSimulator()
  assert.deepEqual((await world.request("/v1/lookup", { body: { mobile: "138 0000 0001" } })).json, {
    userid: "zhangsan",
  })
  assert.deepEqual((await world.request("/v1/lookup", { body: { email: "lisi@example.com" } })).json, {
    userid: "lisi",
  })
  const unknown = await world.request("/v1/lookup", { body: { mobile: "13800009999" } })
  assert.deepEqual([unknown.status, unknown.json.code], [404, "not_found"])
  assert.equal((await world.request("/v1/lookup", { body: { mobile: "12" } })).status, 422)
})

test("a card on a phone can be changed once, by what the gateway remembers of it", async () => {
  await using world = await startWithSimulator()
  const template_card = {
    card_type: "button_interaction",
    task_id: "deploy-1",
    main_title: { title: "要发布吗？" },
    button_list: [{ text: "发布", key: "go" }],
  }
  const { json } = await world.request("/v1/messages", {
    body: aMessage({ to: { users: ["zhangsan", "lisi"] }, msgtype: "template_card", text: undefined, template_card }),
  })
  const path = `/v1/messages/${json.id}/card`
  await world.until(json.id, "sent")
  for (const [body, status] of [
    [{ button: { replace_name: "已发布" }, response_code: "x" }, 400],
    [{ button: { replace_name: "已发布" }, agentid: 1 }, 400],
    [{ button: { replace_name: "" } }, 422],
    [{}, 422],
  ] as const) {
    assert.equal((await world.request(path, { body })).status, status, JSON.stringify(body))
  }
  const { items } = (await world.request(`/v1/messages/${json.id}/calls`)).json
  assert.deepEqual(
    items.map(({ call, result, errcode }: Record<string, unknown>) => [call, result, errcode]),
    [[1, "accepted", 0]],
  )
  for (const handle of ["msgid", "response_code"]) assert.match(items[0][handle], /^[\w-]{20,}$/)
  const changed = await world.request(path, { body: { button: { replace_name: "已发布" } } })
  assert.deepEqual(changed.json.calls, [
    { call: 1, code: "message", userids: null, result: "updated", errcode: null, errmsg: null, invalid_users: [] },
  ])
  for (const userid of ["zhangsan", "lisi"]) {
    assert.equal((await world.phone(userid)).at(-1)?.["body"].template_card.replace_text, "已发布", userid)
  }
  const again = await world.request(path, { body: { button: { replace_name: "又一次" } } })
  assert.deepEqual([again.status, again.json.code], [409, "card_not_updatable"])
})

test("a message without a card has none to change", async () => {
  await using world = await startWithSimulator()
  const { json } = await world.request("/v1/messages", { body: aMessage() })
  await world.until(json.id, "sent")
  const answer = await world.request(`/v1/messages/${json.id}/card`, { body: { button: { replace_name: "x" } } })
  assert.deepEqual([answer.status, answer.json.code], [409, "no_card"])
})
