import { DatabaseSync } from "node:sqlite"
import { Pool } from "undici"
import { needsProc, processorSeconds, residentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { highestDuring } from "./lib/highest-during.ts"
import { RawClient } from "./lib/raw-client.ts"
import type { Report } from "./lib/report.ts"
import { measure, takeTurns, times } from "./lib/rounds.ts"

const CONNECTIONS = 32
const WARM_UP = 3000
const SOURCES = 200
const POSTS = 10_000
const TO = { users: ["member-1"] }

/** A body for each adapter that takes JSON, with another text each time. */
const BODIES: Readonly<Record<string, { readonly path: string; readonly body: (text: string) => object }>> = {
  ntfy: { path: "", body: (message) => ({ topic: "alerts", title: "磁盘", message }) },
  bark: { path: "/push", body: (text) => ({ title: "磁盘", body: text }) },
  gotify: { path: "/message", body: (message) => ({ title: "磁盘", message, priority: 5 }) },
  serverchan: { path: "/TOKEN.send", body: (title) => ({ title, desp: "db1" }) },
  "message-pusher": { path: "/push/root", body: (title) => ({ title, description: "db1" }) },
  wecomchan: { path: "", body: (msg) => ({ msg }) },
  robot: { path: "/send?key=TOKEN", body: (content) => ({ msgtype: "text", text: { content } }) },
  alertmanager: { path: "", body: alerts },
  grafana: { path: "", body: alerts },
  "uptime-kuma": { path: "", body: (msg) => ({ msg, heartbeat: { status: 0, msg }, monitor: { name: "db1" } }) },
  github: { path: "", body: (title) => ({ action: "opened", issue: { title }, repository: { full_name: "a/b" } }) },
  gitlab: {
    path: "",
    body: (title) => ({ object_kind: "issue", project: { name: "a/b" }, object_attributes: { title } }),
  },
  gitea: { path: "", body: (title) => ({ action: "opened", issue: { title }, repository: { full_name: "a/b" } }) },
  sentry: { path: "", body: (title) => ({ action: "created", data: { issue: { title } } }) },
  jenkins: { path: "", body: (name) => ({ name, build: { number: 1, status: "FAILURE" } }) },
  json: { path: "", body: (title) => ({ title, level: "P1" }) },
}

function alerts(summary: string): object {
  const labels = { alertname: "DiskFull", severity: "critical", instance: "db1" }
  return { status: "firing", commonLabels: labels, alerts: [{ status: "firing", labels, annotations: { summary } }] }
}

/**
 * Compares requests below `/in` with `/v1/messages`, each on the disk before its answer, and tries many sources at once. WeCom
 * gives no token meanwhile, so that only accepting is measured, not sending.
 */
export async function gatewayIn(report: Report): Promise<void> {
  needsProc()
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts", ["no-tokens"])
  const options = { environment: { WECOM_PUSH_KEY_REQUESTS_PER_SECOND: "0" } }
  {
    await using gateway = await serve(folder, stub.port, options)
    await compare(gateway, report)
  }
  await atOnce(folder, stub.port, report)
}

async function compare(gateway: ServedGateway, report: Report): Promise<void> {
  using client = await RawClient.connect(gateway.port, CONNECTIONS)
  let n = 0
  const text = await sourceOf(gateway, "text")
  const message = () => JSON.stringify({ to: TO, msgtype: "text", text: { content: `磁盘 ${n++}` } })
  const others = await Promise.all(
    Object.entries(BODIES).map(async ([name, { path, body }]) => {
      const token = await sourceOf(gateway, name)
      const place = `/in/${name}${path.replace("TOKEN", token)}`
      const bodyOf = (): object => (name === "bark" ? { ...body(`${n++}`), device_key: token } : body(`${n++}`))
      // The token of bark is in the body, that of the others in the header.
      const key = name === "bark" ? "" : token
      return { name, once: () => client.post(place, key, JSON.stringify(bodyOf()), 200) }
    }),
  )
  const messages = { name: "messages", once: () => client.post("/v1/messages", ADMIN_KEY, message()) }
  const doors = [{ name: "text", once: () => client.post("/in/text", text, `磁盘 ${n++}`) }, ...others]
  const keyed = {
    name: "/v1/messages with an Idempotency-Key",
    once: () => client.post("/v1/messages", ADMIN_KEY, message(), 202, `idempotency-key: bench-${n}\r\n`),
  }
  await times(messages.once, WARM_UP, CONNECTIONS)
  report.note(
    "each post below /in stores a row by which equal ones join it; /v1/messages does with an Idempotency-Key alone",
  )
  // Each runs in turn with /v1/messages, so that changes of the machine's speed affect both equally.
  for (const door of [keyed, ...doors]) {
    await times(door.once, WARM_UP, CONNECTIONS)
    const spent = { [messages.name]: 0, [door.name]: 0 }
    const made = { ...spent }
    const runners = [messages, door].map(({ name, once }) => ({
      name,
      round: async () => {
        const before = await processorSeconds(gateway.pid)
        const { done, seconds } = await measure(once, 400, CONNECTIONS)
        spent[name] = (spent[name] ?? 0) + (await processorSeconds(gateway.pid)) - before
        made[name] = (made[name] ?? 0) + done
        return done / seconds
      },
    }))
    const result = await takeTurns(runners, { warmUps: 0 })
    const each = (name: string): number => Math.round((1e6 * (spent[name] ?? 0)) / (made[name] ?? 1))
    report.add({
      what: `${door === keyed ? door.name : `/in/${door.name}`} / /v1/messages`,
      measured: result.ratio(door.name, "messages"),
      ...(door === keyed ? {} : { atLeast: door.name === "text" ? 0.9 : 0.7 }),
      note: `${Math.round(result.rate(door.name))}/s; /v1/messages ${Math.round(result.rate("messages"))}/s; processor ${each(door.name)} µs each, ${each("messages")} µs`,
    })
  }
}

async function atOnce(folder: Folder, wecomPort: number, report: Report): Promise<void> {
  const gateway = await serve(folder, wecomPort)
  const tokens = await Promise.all(Array.from({ length: SOURCES }, () => sourceOf(gateway, "gotify")))
  const earlier = storedIn(folder)
  const before = await residentBytes(gateway.pid)
  const statuses = new Map<number, number>()
  const pool = new Pool(gateway.url, { connections: SOURCES })
  const post = async (index: number): Promise<void> => {
    const { statusCode, body } = await pool.request({
      method: "POST",
      path: "/in/gotify/message",
      headers: { "x-gotify-key": tokens[index % SOURCES], "content-type": "application/json" },
      body: JSON.stringify({ message: `${index}` }),
    })
    await body.dump()
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
  }
  const highest = await highestDuring(gateway.pid, async () => {
    await Promise.all(Array.from({ length: POSTS }, (_, index) => post(index)))
  })
  await pool.close()
  await gateway.kill()
  const taken = statuses.get(200) ?? 0
  const others = [...statuses].filter(([status]) => ![200, 429, 503].includes(status))
  report.add({
    what: `${POSTS} posts of ${SOURCES} sources at once: answered 200 and not on the disk after kill -9`,
    measured: taken - (storedIn(folder) - earlier),
    atMost: 0,
    unit: "messages",
    note: `200: ${taken}, asked to come again: ${POSTS - taken}, other answers: ${others.length}`,
  })
  report.add({
    what: `${POSTS} posts of ${SOURCES} sources at once, more resident memory`,
    measured: Math.round((highest - before) / 1e6),
    atMost: 64,
    unit: "MB",
  })
}

function storedIn({ databaseFile }: Folder): number {
  using database = new DatabaseSync(databaseFile)
  return Number(database.prepare("select count(*) as n from messages").get()?.["n"])
}

async function sourceOf({ url }: ServedGateway, adapter: string): Promise<string> {
  const body = {
    name: adapter,
    adapter,
    app: "default",
    to: TO,
    ...(adapter === "json" ? { template: "{{ title }}" } : {}),
  }
  const answer = await fetch(`${url}/v1/sources`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const { token } = (await answer.json()) as { token?: string }
  if (token === undefined) throw new Error(`no source of ${adapter}: ${answer.status}`)
  return token
}
