import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { Simulator } from "@wecom-push/simulator"
import { postFile, PNG } from "../../packages/gateway/src/doors/http/testing/media-form.ts"
import { request } from "../../packages/gateway/src/doors/http/testing/start-gateway.ts"
import type { RequestOptions, TestAnswer } from "../../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { KEPT_APPS } from "../../packages/gateway/src/doors/http/testing/kept/told.ts"
import type { Told, ToldMessage } from "../../packages/gateway/src/doors/http/testing/kept/told.ts"

export interface FillOptions {
  readonly url: string
  readonly adminKey: string
  readonly simulator: Simulator
}

/**
 * Gives a gateway messages of all kinds and leaves some under way, so that it can then be killed: finished messages, messages
 * that wait for a time, a paused app or their lane, a file, a long text, a key, and calls without an answer.
 */
export async function fill({ url, adminKey, simulator }: FillOptions): Promise<Omit<Told, WrittenBeside>> {
  const ask = (path: string, init: RequestOptions = {}): Promise<TestAnswer> =>
    request(url + path, { key: adminKey, ...init })
  const told: ToldMessage[] = []
  let people = 0
  const nextPerson = (): string => `m${String(++people).padStart(6, "0")}`

  const post = async (wish: Wish): Promise<string> => {
    const { shows, to = [nextPerson()], state, hasBeenShown = false, lane, more = {} } = wish
    const text = more["msgtype"] === undefined ? { msgtype: "text", text: { content: shows } } : {}
    const order = lane === undefined ? {} : { order_key: lane }
    const answer = await ask("/v1/messages", { body: { app: "alerts", to: { users: to }, ...text, ...order, ...more } })
    assert.equal(answer.status, 202, answer.text)
    const id = String(answer.json.id)
    told.push({ id, shows, to, state, hasBeenShown, ...(lane !== undefined && { lane }) })
    return id
  }
  const until = async (id: string, ...states: readonly string[]): Promise<void> => {
    for (const end = Date.now() + LONGEST_MS; ; await sleep(20)) {
      const { json } = await ask(`/v1/messages/${id}`)
      if (states.includes(json.state)) return
      assert.ok(Date.now() < end, `${id} is ${json.state}, and not ${states.join(", ")}`)
    }
  }

  for (const { name, agentId, secret } of KEPT_APPS) {
    const body = { name, corp_id: simulator.org.corp_id, agent_id: agentId, secret }
    assert.equal((await ask("/v1/apps", { body })).status, 201)
  }
  const key = await ask("/v1/keys", { body: { name: "client", scopes: ["send", "read"], apps: ["alerts"] } })
  assert.equal(key.status, 201, key.text)

  for (const n of [1, 2, 3]) {
    const id = await post({ shows: `已发送 ${n}`, state: "sent", hasBeenShown: true })
    await until(id, "sent")
  }
  const partly = await post({
    shows: "一人收到",
    to: [nextPerson(), "nobody"],
    state: "partly_sent",
    hasBeenShown: true,
  })
  await until(partly, "partly_sent")
  const cancelled = await post({ shows: "已取消", state: "cancelled", more: { send_at: later() } })
  assert.equal((await ask(`/v1/messages/${cancelled}/cancel`, { method: "POST" })).status, 200)
  await until(cancelled, "cancelled")
  const recalled = await post({ shows: "已撤回", state: "recalled", hasBeenShown: true })
  await until(recalled, "sent")
  assert.equal((await ask(`/v1/messages/${recalled}/recall`, { method: "POST" })).status, 200)

  const scheduled = { state: "scheduled", more: { send_at: later() } }
  for (const n of [1, 2]) await post({ shows: `定时 ${n}`, ...scheduled })
  const person = nextPerson()
  const mobile = `139${person.slice(1).padStart(8, "0")}`
  await post({ shows: "按手机号", to: [person], ...scheduled, more: { ...scheduled.more, to: { mobiles: [mobile] } } })
  const file = await postFile({ request: ask }, PNG, { type: "image", app: "alerts", filename: "a.png", key: adminKey })
  assert.equal(file.status, 201, file.text)
  const image = { msgtype: "image", image: { media_id: file.json.id } }
  await post({ shows: "image", ...scheduled, more: { ...scheduled.more, ...image } })
  const long = { msgtype: "markdown", markdown: { content: "长".repeat(600) } }
  await post({ shows: "markdown", ...scheduled, more: { ...scheduled.more, ...long } })
  for (const n of [1, 2, 3]) await post({ shows: `排队 ${n}`, lane: "scheduled", ...scheduled })
  const repeated = {
    app: "alerts",
    to: { users: [nextPerson()] },
    msgtype: "text",
    text: { content: "可重复" },
    send_at: later(),
  }
  const first = await ask("/v1/messages", { body: repeated, headers: { "idempotency-key": "kept" } })
  assert.equal(first.status, 202, first.text)
  told.push({ id: first.json.id, shows: "可重复", to: repeated.to.users, state: "scheduled", hasBeenShown: false })

  // Only one app is refused.
  await fault(simulator, { path: "message/send", match: `"agentid":1000004`, kind: "errcode", errcode: 60020 })
  for (const n of [1, 2]) await post({ shows: `暂停 ${n}`, state: "queued", more: { app: "root" } })
  for (const n of [1, 2, 3])
    await post({ shows: `暂停排队 ${n}`, state: "queued", lane: "paused", more: { app: "root" } })
  while ((await ask("/v1/apps/root")).json.pause === null) await sleep(20)

  await fault(simulator, { path: "message/send", match: "途中", kind: "hang_before" })
  const underWay = []
  for (const n of [1, 2, 3]) underWay.push(await post({ shows: `途中 ${n}`, state: "sending" }))
  for (const id of underWay) await until(id, "sending")
  const bodies = await bodiesOf(simulator, underWay.length)
  const lastEvent = await lastEventOf(url, adminKey)
  const messages = told.map((one) => {
    const body = bodies.find((bytes) => Buffer.from(bytes, "base64").includes(`"${one.shows}"`))
    return body === undefined ? one : { ...one, body }
  })
  assert.equal(messages.filter(({ body }) => body !== undefined).length, underWay.length)
  return {
    clientKey: key.json.key,
    messages,
    repeated: { key: "kept", body: repeated, id: first.json.id },
    lastEvent,
  }
}

type WrittenBeside = "version" | "commit" | "writtenAt" | "adminKey" | "masterKey"

interface Wish {
  readonly shows: string
  readonly to?: readonly string[]
  readonly state: string
  readonly hasBeenShown?: boolean
  readonly lane?: string
  readonly more?: Readonly<Record<string, unknown>>
}

async function fault(simulator: Simulator, one: Readonly<Record<string, unknown>>): Promise<void> {
  const body = JSON.stringify({ times: 1_000_000, ...one })
  const { ok, status } = await fetch(`${simulator.url}/_sim/faults`, { method: "POST", body })
  assert.ok(ok, `${status}`)
}

/** The bodies of the calls that hang, once all have come. */
async function bodiesOf(simulator: Simulator, count: number): Promise<readonly string[]> {
  for (const end = Date.now() + LONGEST_MS; ; await sleep(20)) {
    const { calls } = (await (await fetch(`${simulator.url}/_sim/calls`)).json()) as {
      readonly calls: readonly { readonly fault: string | null; readonly body_base64: string }[]
    }
    const hanging = calls.filter((one) => one.fault === "hang_before")
    if (hanging.length === count) return hanging.map((one) => one.body_base64)
    assert.ok(Date.now() < end, `${hanging.length} calls hang, and not ${count}`)
  }
}

async function lastEventOf(url: string, adminKey: string): Promise<number> {
  const ending = new AbortController()
  const headers = { authorization: `Bearer ${adminKey}`, "last-event-id": "0" }
  const { body } = await fetch(`${url}/v1/events`, { headers, signal: ending.signal })
  let text = ""
  const reading = (async () => {
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece
  })().catch(() => {
    // The stream is ended below; if it broke off earlier, the last line of this function fails.
  })
  for (let before = -1; text.length > before; await sleep(500)) before = text.length
  ending.abort()
  await reading
  const last = Number([...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1])
  assert.ok(last > 0, "the gateway gave no events")
  return last
}

/** A time by which the test has begun, so that all of them are due. */
function later(): string {
  return new Date(Date.now() + 30 * 60_000).toISOString()
}

const LONGEST_MS = 30_000
