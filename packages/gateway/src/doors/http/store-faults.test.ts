import assert from "node:assert/strict"
import { test } from "node:test"
import type { Stores } from "../../model/ports/stores.ts"
import { sabotage } from "../../store/testing/faulty-store.ts"
import type { StoreFault } from "../../store/testing/faulty-store.ts"
import { PNG, postFile } from "./testing/media-form.ts"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { RequestOptions, TestAnswer, TestGateway } from "./testing/start-gateway.ts"

/** Checks the door's calls of each store in one day, and whether a client can repeat its requests without harm. */
const STORES = ["outbox", "reader", "apps", "corps", "keys", "sources", "audit", "tokens", "media"] as const
type Store = (typeof STORES)[number]
type Called = Record<Store, Map<string, number>>

/** Asks like a client that repeats its request after a temporary error. */
async function insist(ask: () => Promise<TestAnswer>, told: TestAnswer[]): Promise<TestAnswer> {
  for (let tries = 1; ; tries++) {
    const answer = await ask()
    told.push(answer)
    if (!isTrouble(answer) || tries === 3) return answer
  }
}

/** The paths of qyapi report every error by errcode. */
const isTrouble = ({ status, json }: TestAnswer): boolean => status === 503 || (status === 200 && json?.errcode === -1)

/**
 * One of each request that clients and operators make.
 * @returns all answers; the last answer to each request is a good one
 */
async function aDay(gateway: TestGateway): Promise<readonly TestAnswer[]> {
  const told: TestAnswer[] = []
  /** If there are two statuses, the second is for a repeat whose first try was stored after all. */
  const ask = async (
    status: number | readonly [first: number, again: number],
    path: string,
    init?: RequestOptions,
  ): Promise<TestAnswer> => {
    const answer = await insist(() => gateway.request(path, init), told)
    assert.ok([status].flat().includes(answer.status), `${init?.method ?? ""} ${path}: ${answer.text}`)
    return answer
  }
  const file = await insist(() => postFile(gateway, PNG, { type: "image" }), told)
  assert.ok([201, 200].includes(file.status), file.text)
  await ask(200, `/v1/media/${file.json.id}`)
  const accepted = await ask(202, "/v1/messages", { body: aMessage(), headers: { "idempotency-key": "k1" } })
  const image = aMessage({ msgtype: "image", text: undefined, image: { media_id: file.json.id } })
  await ask(202, "/v1/messages", { body: image, headers: { "idempotency-key": "k2" } })
  const items = [aMessage({ idempotency_key: "k3" }), aMessage({ idempotency_key: "k4" })]
  for (let tries = 1; ; tries++) {
    const batch = await ask(200, "/v1/messages/batch", { body: items })
    const statuses = batch.json.map(({ status }: { status: number }) => status)
    if (statuses.every((status: number) => status === 202)) break
    assert.ok(tries < 3 && statuses.every((status: number) => status === 202 || status === 503), statuses.join())
    told.push({
      ...batch,
      status: 503,
      json: batch.json.find(({ status }: { status: number }) => status === 503).problem,
    })
  }
  for (const path of ["", "/recipients", "/attempts"]) await ask(200, `/v1/messages/${accepted.json.id}${path}`)
  await ask(200, "/v1/apps")
  await ask(200, "/v1/apps/alerts", { method: "PATCH", body: { settings: { concurrent_calls: 3 } } })
  await ask([201, 409], "/v1/apps", { body: { name: "hr", corp_id: "ww1", agent_id: 2, secret: "s" } })
  await ask([204, 404], "/v1/apps/hr", { method: "DELETE" })
  await ask(200, "/v1/corps/ww0000000000000001", { method: "PUT", body: { settings: { lookup_miss_budget: 3 } } })
  await ask(200, "/v1/corps/ww0000000000000001")
  const { json: made } = await ask(201, "/v1/keys", { body: { name: "k", scopes: ["read", "send"], apps: "all" } })
  await ask(200, "/v1/messages?limit=1", { key: made.key })
  await ask(200, `/cgi-bin/gettoken?corpid=ww0000000000000001&corpsecret=${made.key}`, { key: null })
  await ask(200, "/v1/keys")
  await ask(204, `/v1/keys/${made.id}`, { method: "DELETE" })
  const cron = { name: "cron", adapter: "text", app: "alerts", to: { users: ["a"] } }
  const { json: source } = await ask(201, "/v1/sources", { body: cron })
  await ask(202, "/in/text", { key: source.token, body: "a" })
  await ask(200, "/v1/sources")
  await ask(200, `/v1/sources/${source.id}`, { method: "PATCH", body: { priority: "high" } })
  await ask(201, `/v1/sources/${source.id}/rotate`, { method: "POST" })
  await ask([204, 404], `/v1/sources/${source.id}`, { method: "DELETE" })
  await ask(200, "/v1/audit")
  const { json: list } = await ask(200, "/v1/messages")
  assert.equal(list.items.length, 5, "each key made one message, and the source one")
  await ask(401, "/v1/messages", { key: made.key })
  return told
}

async function callsOfADay(): Promise<Called> {
  await using gateway = await startTestGateway()
  const called = Object.fromEntries(STORES.map((store) => [store, new Map<string, number>()])) as Called
  for (const store of STORES) watch(gateway.stores, store, called[store])
  await aDay(gateway)
  return called
}

function watch(stores: Stores, name: Store, called: Map<string, number>): void {
  sabotage(stores[name], [], (method) => void called.set(method, (called.get(method) ?? 0) + 1))
}

test("whatever the door asks of the store may fail, before it is done or after", async (t) => {
  const called = await callsOfADay()
  assert.ok(called.outbox.has("accept") && called.tokens.has("set") && called.media.has("keep"))
  const methods = STORES.flatMap((store) => [...called[store]].map(([method, calls]) => ({ store, method, calls })))
  assert.ok(methods.length >= 25, `${methods.length} methods`)
  for (const { store, method, calls } of methods) {
    for (let call = 1; call <= Math.min(calls, MOST_CALLS); call++) {
      for (const when of ["before", "after"] as const) {
        const fault: StoreFault = { method, when, call }
        // proves 3.test 1: store contract, broken stores, faults
        await t.test(
          `${store}.${fault.method} failing ${fault.when} its ${fault.call}. time: a client that gets an error may ask again, and nothing is there twice`,
          () => check(store, fault),
        )
      }
    }
  }
})

const MOST_CALLS = 2

async function check(store: Store, fault: StoreFault): Promise<void> {
  await using gateway = await startTestGateway()
  let isHit = false
  sabotage(gateway.stores[store], [fault], (method, call) => {
    isHit ||= method === fault.method && call === fault.call
  })
  const told = await aDay(gateway)
  // The last uses of keys are stored when the gateway stops.
  await gateway.stop()
  assert.ok(isHit, "it went wrong")
  for (const answer of told.filter(isTrouble)) {
    if (answer.json.errcode === -1) continue
    assert.equal(answer.json.code, "storage_error")
  }
  assert.ok(told.every(({ status }) => status < 500 || status === 503))
}
