import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import type { ButtonInteractionCard } from "@wecom-push/protocol"
import { startSimulator } from "@wecom-push/simulator"
import { templateCard } from "../builders.ts"
import { WeCom } from "../client.ts"
import type { CallbackEvent } from "./event.ts"
import { createCallbackHandler } from "./node-handler.ts"
import type { CallbackOptions } from "./options.ts"

const QUESTION: ButtonInteractionCard = {
  card_type: "button_interaction",
  task_id: "deploy-4711",
  main_title: { title: "发布 4711？" },
  button_list: [
    { text: "同意", key: "approve" },
    { text: "驳回", key: "reject" },
  ],
}

interface Told {
  readonly seq: number
  readonly state: string
  readonly tries: readonly { readonly status: number | null; readonly error: string | null }[]
}

/** A card on the phones of zhangsan and lisi, and a program that hears when it is pressed. */
async function approval(options: Partial<CallbackOptions> = {}) {
  await using started = new AsyncDisposableStack()
  const sim = started.use(await startSimulator({ port: 0, settings: { callback_verification: "refuse" } }))
  const [app] = sim.org.apps
  assert.ok(app !== undefined)
  const { token, encoding_aes_key: encodingAesKey } = app.callback
  const receiveId = sim.org.corp_id
  const events: CallbackEvent[] = []
  const refusals: string[] = []
  const handler = createCallbackHandler({
    token,
    encodingAesKey,
    receiveId,
    onEvent: (event) => void events.push(event),
    onError: () => {},
    onRefused: ({ reason }) => void refusals.push(reason),
    ...options,
  })
  const server = createServer(handler).listen(0, "127.0.0.1")
  await once(server, "listening")
  started.defer(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const wecom = started.use(
    new WeCom({ baseUrl: sim.url, corpId: receiveId, secret: app.secret, agentId: app.agentid }),
  )

  const control = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${sim.url}/_sim/${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(await response.text())
    return response.json()
  }
  const apps = sim.org.apps.map((one) => (one === app ? { ...one, callback: { ...one.callback, url } } : one))
  await control("PUT", "org", { ...sim.org, apps })
  const { calls } = await wecom.send({ users: ["zhangsan", "lisi"] }, templateCard(QUESTION))
  const msgid = calls[0]?.msgid
  const all = started.move()
  return {
    wecom,
    events,
    refusals,
    control,
    press: async (userid: string, key = "approve") =>
      (await control("POST", `phones/${userid}/click`, { msgid, key })) as Told,
    async shown(userid: string): Promise<string> {
      return JSON.stringify(await control("GET", `messages?userid=${userid}`))
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

test("a press comes as an event, and its own code changes the card of the member who pressed", async () => {
  await using at = await approval()
  assert.equal((await at.press("lisi")).state, "delivered")
  const [event] = at.events
  assert.ok(event?.kind === "template_card_event")
  assert.deepEqual([event.FromUserName, event.EventKey, event.TaskId], ["lisi", "approve", "deploy-4711"])
  await at.wecom.updateCard(event, { button: { replace_name: "已同意" } })
  assert.match(await at.shown("lisi"), /已同意/)
  assert.doesNotMatch(await at.shown("zhangsan"), /已同意/)
})

// proves 4.3: cards as a loop
test("a card that is pressed twice is updated by each press's own code", async () => {
  await using at = await approval()
  for (const userid of ["zhangsan", "lisi"]) await at.press(userid)
  for (const event of at.events) {
    assert.ok(event.kind === "template_card_event")
    await at.wecom.updateCard(event, { button: { replace_name: `${event.FromUserName} 已同意` } })
  }
  assert.match(await at.shown("zhangsan"), /zhangsan 已同意/)
  assert.match(await at.shown("lisi"), /lisi 已同意/)
})

test("a reply in the answer changes the card without another call", async () => {
  await using at = await approval({ beforeAnswer: () => ({ button: { replace_name: "已同意" } }) })
  assert.deepEqual((await at.press("lisi")).tries[0]?.error, null)
  assert.match(await at.shown("lisi"), /已同意/)
})

test("when storing fails the repetition stores it, and the event is reported once", async () => {
  let calls = 0
  await using at = await approval({
    beforeAnswer: () => {
      if (++calls === 1) throw new Error("the disk is full")
    },
  })
  const { seq, state } = await at.press("lisi")
  assert.equal(state, "waiting")
  await at.control("POST", "clock", { advance_s: 5 })
  let told: Told | undefined
  while (told?.state !== "delivered") {
    ;[told] = ((await at.control("GET", `callbacks?after=${seq - 1}`)) as { callbacks: Told[] }).callbacks
  }
  assert.deepEqual(
    told.tries.map(({ status }) => status),
    [500, 200],
  )
  assert.equal(at.events.length, 1)
})

test("days that pass in the simulator make no request stale", async () => {
  await using at = await approval()
  await at.control("POST", "clock", { advance_s: 3 * 86_400 - 60 })
  assert.equal((await at.press("lisi")).state, "delivered")
  assert.deepEqual(at.refusals, [])
})

test("an address with another token fails the question that is asked when it is saved", async () => {
  await assert.rejects(approval({ token: "anotherToken" }), /did not send the decrypted echostr back/)
})
