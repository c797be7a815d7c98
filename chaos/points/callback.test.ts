import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, request as startRequest } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import type { GatewayProcess } from "../gateway/gateway-process.ts"
import { mustAnswer } from "../lib/http.ts"
import { DEFAULT_APP, userid } from "../world.ts"
import { ADMIN_KEY, Rig, until } from "./rig.ts"

const AGENT_ID = 1_000_002

interface Delivery {
  readonly state: string
  readonly tries: readonly { readonly status: number | null; readonly error: string | null }[]
}

interface Told {
  readonly type: string
  readonly message_id: string | null
  readonly data: { readonly event_key?: string; readonly response_code?: string }
}

/** One address for all processes of the gateway. While none runs, connections break. */
async function frontOf(lives: readonly GatewayProcess[]) {
  const server = createServer((incoming, outgoing) => {
    const url = lives.find((one) => one.url !== undefined)?.url
    if (url === undefined) return incoming.socket.destroy()
    const { method = "GET", headers } = incoming
    const forwarded = startRequest(`${url}${incoming.url}`, { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on("error", () => incoming.socket.destroy())
    return incoming.pipe(forwarded)
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Sends a card to a phone, and sets a callback URL at WeCom. */
async function cardOnAPhone(
  rig: Rig,
  gatewayUrl: string,
  front: { readonly url: string },
): Promise<{ readonly id: string; readonly msgid: string }> {
  const { org, url } = rig.simulator
  const apps = org.apps.map((app) =>
    app.agentid === AGENT_ID
      ? { ...app, callback: { ...app.callback, url: `${front.url}/callback/${DEFAULT_APP}` } }
      : app,
  )
  await mustAnswer({ url: `${url}/_sim/org`, method: "PUT", body: { ...org, apps } })
  const card = {
    card_type: "button_interaction",
    task_id: "deploy-4711",
    main_title: { title: "要发布吗？" },
    button_list: [{ text: "同意", key: "approve" }],
  }
  const { id } = await mustAnswer<{ id: string }>({
    url: `${gatewayUrl}/v1/messages`,
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    body: { app: DEFAULT_APP, to: { users: [userid(1)] }, msgtype: "template_card", template_card: card },
  })
  const msgid = await until("the card to be on the phone", async () => {
    const { messages } = await mustAnswer<{ messages: { msgid: string }[] }>({
      url: `${url}/_sim/messages?userid=${userid(1)}`,
    })
    return messages[0]?.msgid
  })
  return { id, msgid }
}

const press = (rig: Rig, msgid: string): Promise<Delivery> =>
  mustAnswer<Delivery>({
    url: `${rig.simulator.url}/_sim/phones/${userid(1)}/click`,
    method: "POST",
    body: { msgid, key: "approve" },
  })

/** Lets WeCom's five seconds pass, after which it repeats a callback that was not answered. */
async function whenRepeated(rig: Rig): Promise<Delivery> {
  await mustAnswer({ url: `${rig.simulator.url}/_sim/clock`, method: "POST", body: { advance_s: 5 } })
  return until("WeCom's repeat", async () => {
    const { callbacks } = await mustAnswer<{ callbacks: Delivery[] }>({ url: `${rig.simulator.url}/_sim/callbacks` })
    // The second try is listed before it is answered.
    return callbacks.find(({ state, tries }) => tries.length === 2 && state !== "waiting")
  })
}

/** Everything that `/v1/events` tells of cards, up to a callback that is known to come last. */
async function pressesTold(rig: Rig, msgid: string): Promise<readonly Told[]> {
  await press(rig, msgid)
  const told = await new Promise<Told[]>((resolve, reject) => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "last-event-id": "0" }
    const stream = startRequest(`${rig.gateway.url}/v1/events`, { headers, agent: false }, (answer) => {
      let text = ""
      answer.setEncoding("utf8").on("data", (piece: string) => {
        text += piece
        const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data) as Told)
        const cards = events.filter(({ type }) => type === "card.clicked")
        const codes = new Set(cards.map(({ data }) => data.response_code))
        // Two codes: of the earlier press, and of the last one.
        if (codes.size < 2) return
        stream.destroy()
        resolve(cards)
      })
    })
    stream.on("error", reject).end()
  })
  return told.slice(0, -1)
}

for (const [point, kept] of [
  ["callback.before_commit", "is stored by WeCom's repeat"],
  ["callback.after_commit", "is not stored again by WeCom's repeat"],
] as const) {
  // proves 3.test 2: random kills, controls, power cuts
  // proves 4.5: the gateway
  test(`killed at ${point}: the press ${kept}, and is reported once`, async () => {
    await using rig = await Rig.open()
    await rig.start({ point, hit: 1 })
    const first = rig.gateway
    // Loaded in advance, so that it runs before WeCom's five seconds are over.
    const next = rig.spawn()
    await next.loaded
    using front = await frontOf([first, next])
    const { id, msgid } = await cardOnAPhone(rig, first.url ?? "", front)
    assert.notEqual((await press(rig, msgid)).tries[0]?.error, null)
    assert.equal(await first.exit, "SIGKILL")
    await next.start()
    const { state, tries } = await whenRepeated(rig)
    assert.deepEqual([state, tries[1]?.status], ["delivered", 200])
    const told = await pressesTold(rig, msgid)
    assert.deepEqual(
      told.map(({ message_id, data }) => [message_id, data.event_key]),
      [[id, "approve"]],
    )
  })
}
