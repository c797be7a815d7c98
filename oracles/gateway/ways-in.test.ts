// Unchanged clients of other push services: each gets our address, or finds the gateway at the address of its own service.
import assert from "node:assert/strict"
import { request as requestByHttp } from "node:http"
import https from "node:https"
import { test } from "node:test"
import { gotify } from "gotify"
import { GotifyClient } from "gotify-client"
import { MessagePriority, NtfyClient } from "ntfy"
import { Ntfy, ServerChanTurbo, WechatApp, WechatRobot } from "push-all-in-one"
import { addSource, startInbound } from "../../packages/gateway/src/doors/inbound/testing/start-inbound.ts"
import type { InboundDay } from "../../packages/gateway/src/doors/inbound/testing/start-inbound.ts"
import { ADMIN_KEY } from "../../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { shared } from "../../tools/testing/shared.ts"

let day: InboundDay

shared(async (resources) => {
  day = resources.use(await startInbound())
})

async function newestText(): Promise<string> {
  const body = (await day.shown()).at(-1) ?? {}
  return String(body["text"]?.content ?? body["markdown"]?.content)
}

// client: push-all-in-one | ntfy, serverchan, robot, qyapi | npm
// proves 32.clients: push-all-in-one
test("push-all-in-one sends by ntfy with our address, and by ServerChan, robot and app where their hosts lead to us", async () => {
  const url = day.gateway.url
  const ntfy = new Ntfy({
    NTFY_URL: `${url}/in/ntfy/`,
    NTFY_TOPIC: "alerts",
    NTFY_AUTH: `Bearer ${await addSource(day, "ntfy")}`,
  })
  assert.equal((await ntfy.send("磁盘", "91%", {})).status, 200)
  assert.equal(await newestText(), "磁盘\n91%")

  const { hostname, port } = new URL(url)
  using _hosts = hostsLeadTo({ hostname, port }, (path) => (path.endsWith(".send") ? `/in/serverchan${path}` : path))
  const chan = new ServerChanTurbo({ SERVER_CHAN_TURBO_SENDKEY: await addSource(day, "serverchan") })
  const { data } = await chan.send("磁盘 91%", "db1", {})
  assert.equal(data.code, 0)
  assert.equal(await newestText(), "**磁盘 91%**\n\ndb1")

  const robot = new WechatRobot({ WECHAT_ROBOT_KEY: await addSource(day, "robot") })
  assert.equal((await robot.send("磁盘", "92%")).data.errcode, 0)
  assert.equal(await newestText(), "磁盘\n92%")

  const app = new WechatApp({
    WECHAT_APP_CORPID: day.simulator.org.corp_id,
    WECHAT_APP_SECRET: ADMIN_KEY,
    WECHAT_APP_AGENTID: 1_000_002,
  })
  assert.equal((await app.send("磁盘", "93%", { msgtype: "text", touser: "zhangsan" })).data.errcode, 0)
  assert.equal(await newestText(), "磁盘\n93%")

  const wrong = new ServerChanTurbo({ SERVER_CHAN_TURBO_SENDKEY: "SCT1" })
  assert.equal((await wrong.send("x", "", {})).status, 401)
})

// client: ntfy (npm) | ntfy | npm
// proves 32.clients: ntfy of npm
test("npm's ntfy publishes to a topic with a token, a priority and a title, and is refused in ntfy's form", async () => {
  const client = new NtfyClient({ server: `${day.gateway.url}/in/ntfy/` })
  const authorization = await addSource(day, "ntfy")
  const answer = await client.publish({
    topic: "alerts",
    message: "npm: 91%",
    title: "Disk",
    priority: MessagePriority.HIGH,
    authorization,
  })
  assert.deepEqual([answer.topic, answer.title], ["alerts", "Disk"])
  assert.equal(await newestText(), "Disk\nnpm: 91%")
  assert.equal((await day.newest())["priority"], "high")
  await assert.rejects(client.publish({ topic: "alerts", message: "x", authorization: "wps_wrong" }))
})

// client: gotify (npm) | gotify | npm
// proves 32.clients: gotify and gotify-client
test("npm's gotify sends with an application's token and gets a numeric id", async () => {
  const app = await addSource(day, "gotify")
  const server = `${day.gateway.url}/in/gotify/`
  const answer: unknown = await gotify({ server, app, title: "磁盘", message: "gotify: 91%", priority: 8 })
  assert.ok(answer !== undefined)
  assert.equal(await newestText(), "磁盘\ngotify: 91%")
  assert.equal((await day.newest())["priority"], "high")
  await assert.rejects(gotify({ server, app: "wps_wrong", title: "x", message: "x", priority: 1 }))
})

// client: gotify-client | gotify | npm
// proves 32.clients: gotify and gotify-client
test("gotify-client makes a message and reads the server's health", async () => {
  const app = await addSource(day, "gotify")
  const client = new GotifyClient(`${day.gateway.url}/in/gotify`, { app })
  await client.message.createMessage({ title: "磁盘", message: "client: 91%", priority: 5 })
  assert.equal(await newestText(), "磁盘\nclient: 91%")
  assert.equal((await client.health.getHealth()).health, "green")
})

/**
 * Has the effect of an entry in the machine's hosts and a certificate: HTTPS requests to any host reach the gateway. The
 * clients' requests are unchanged, but for their destination and the missing encryption.
 */
function hostsLeadTo(
  { hostname, port }: { readonly hostname: string; readonly port: string },
  place: (path: string) => string,
): Disposable {
  const before = https.request
  const other: typeof https.request = (options: unknown, ...more: unknown[]) => {
    const given = options as { readonly path?: string }
    const onward = { ...given, protocol: "http:", hostname, host: hostname, port, path: place(given.path ?? "/") }
    return requestByHttp({ ...onward, agent: undefined }, more.at(-1) as () => void)
  }
  https.request = other
  return { [Symbol.dispose]: () => void (https.request = before) }
}
