import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY } from "../http/testing/start-gateway.ts"
import { aCard, CallbackWorld } from "./testing/callback-world.ts"

/** Calls WeCom's API, or ours in the same form. */
async function qyapi(url: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }
  return (await (await fetch(`${url}/cgi-bin/${path}`, init)).json()) as Record<string, unknown>
}

async function tokenAt(url: string, corpId: string, secret: string): Promise<string> {
  return String((await qyapi(url, `gettoken?corpid=${corpId}&corpsecret=${secret}`))["access_token"])
}

// proves 4.5: the gateway
test("a press is an event with the id of our message, what was chosen and a fresh code", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  const told = await world.press("lisi", "approve", { region: ["cn"] })
  assert.deepEqual([told.state, told.tries[0]?.status], ["delivered", 200])
  const [event] = await world.events(/^card\./, 1)
  const { created_at, ...data } = event?.data ?? {}
  assert.deepEqual(
    { ...event, data },
    {
      ...event,
      type: "card.clicked",
      app: "alerts",
      message_id: id,
      data: {
        userid: "lisi",
        event_key: "approve",
        task_id: "deploy-4711",
        card_type: "button_interaction",
        response_code: told.response_code,
        selected_items: [{ question_key: "region", option_ids: ["cn"] }],
      },
    },
  )
  assert.match(created_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test("an entry of a card's menu is an event of another name", async () => {
  await using world = await CallbackWorld.start()
  const id = await world.send(aCard())
  await world.press("zhangsan", "mute")
  const [event] = await world.events(/^card\./, 1)
  assert.deepEqual([event?.type, event?.message_id, event?.data["event_key"]], ["card.menu_clicked", id, "mute"])
})

test("the press of a card that another program sent is reported without a message of ours", async () => {
  await using world = await CallbackWorld.start()
  const { url, org } = world.simulator
  const { agentid, secret } = org.apps[0] ?? { agentid: 0, secret: "" }
  const token = await tokenAt(url, org.corp_id, secret)
  const card = { touser: "zhangsan", agentid, ...aCard() }
  assert.equal((await qyapi(url, `message/send?access_token=${token}`, card))["errcode"], 0)
  await world.press("zhangsan")
  const [event] = await world.events(/^card\./, 1)
  assert.deepEqual([event?.message_id, event?.data["task_id"]], [null, "deploy-4711"])
})

// proves 32.task-card: a press of one that the gateway has sent
test("a press of a task card names the message, and by its task and key the cards of others are changed", async () => {
  await using world = await CallbackWorld.start()
  const { url } = world.gateway
  const token = await tokenAt(url, world.simulator.org.corp_id, ADMIN_KEY)
  const agentid = 1_000_002
  const taskcard = { title: "请假", description: "李四 1 天", task_id: "leave-1", btn: [{ key: "yes", name: "同意" }] }
  const message = { touser: "zhangsan|lisi", agentid, msgtype: "taskcard", taskcard }
  const { msgid } = await qyapi(url, `message/send?access_token=${token}`, message)
  await world.press("zhangsan", "yes")
  const [event] = await world.events(/^(?:card|wecom)\./, 1)
  const { created_at, ...data } = event?.data ?? {}
  assert.deepEqual(
    { ...event, data },
    {
      ...event,
      type: "card.clicked",
      app: "alerts",
      message_id: msgid,
      data: { userid: "zhangsan", event_key: "yes", task_id: "leave-1", card_type: "taskcard", selected_items: [] },
    },
  )
  assert.match(created_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  // It came without a code: our own path cannot change it, but WeCom's call for task cards can.
  const { json } = await world.request(`/v1/messages/${String(msgid)}/card`, {
    body: { button: { replace_name: "x" } },
  })
  assert.equal(json.code, "no_card")
  const change = { userids: ["lisi"], agentid, task_id: data["task_id"], clicked_key: data["event_key"] }
  assert.equal((await qyapi(url, `message/update_taskcard?access_token=${token}`, change))["errcode"], 0)
  const { messages } = await world.control("GET", "messages?userid=lisi")
  assert.equal(messages.at(-1).body.taskcard.clicked_key, "yes")
})

test("each app's events are its own, and a key hears of its own apps only", async () => {
  await using world = await CallbackWorld.start()
  const { json } = await world.request("/v1/keys", { body: { name: "k", scopes: ["read"], apps: ["hr"] } })
  await world.send(aCard())
  await world.press("zhangsan")
  await world.send({ ...aCard({ task_id: "of-hr" }, { users: ["WangWu"] }), app: "hr" })
  await world.press("WangWu")
  const [event] = await world.events(/./, 1, { key: json.key })
  assert.deepEqual(event?.app, "hr")
  const [press] = await world.events(/^card/, 1, { key: json.key })
  assert.deepEqual([press?.app, press?.data["userid"]], ["hr", "WangWu"])
})

test("events outlive a restart, and Last-Event-ID continues after it", async () => {
  await using world = await CallbackWorld.start()
  await world.send(aCard())
  await world.press("zhangsan", "approve")
  const [first] = await world.events(/^card/, 1)
  await world.press("lisi", "mute")
  await world.stopGateway()
  await world.startGateway()
  const [second] = await world.events(/^card/, 1, { after: first?.id ?? 0 })
  assert.deepEqual([second?.type, second?.data["userid"]], ["card.menu_clicked", "lisi"])
})

test("a gateway that is down at the first try gets the callback by WeCom's repeat", async () => {
  await using world = await CallbackWorld.start()
  await world.send(aCard())
  const { port } = world.gateway
  await world.stopGateway()
  assert.equal((await world.press("zhangsan")).tries[0]?.error, "ECONNREFUSED")
  await world.startGateway({ port })
  await world.control("POST", "clock", { advance_s: 5 })
  assert.equal((await world.events(/^card/, 1)).length, 1)
})
