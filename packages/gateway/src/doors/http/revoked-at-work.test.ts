import assert from "node:assert/strict"
import { once } from "node:events"
import { request as httpRequest } from "node:http"
import type { ClientRequest, IncomingMessage } from "node:http"
import { test } from "node:test"
import { TEXT } from "./testing/media-form.ts"
import { aMessage } from "./testing/start-gateway.ts"
import { startOn, STORES } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const LINES = "application/x-ndjson"

interface Begun {
  readonly posting: ClientRequest
  readonly answer: Promise<IncomingMessage>
}

/** Begins a request to the first gateway without sending its body. */
function begin(several: Several, path: string, headers: Readonly<Record<string, string>>): Begun {
  const [gateway] = several.gateways
  const posting = httpRequest({ port: gateway?.port, method: "POST", path, headers })
  posting.flushHeaders()
  const answer = once(posting, "response").then(([incoming]) => incoming as IncomingMessage)
  answer.catch(() => {})
  return { posting, answer }
}

async function aKey(several: Several): Promise<{ readonly id: string; readonly key: string }> {
  const wish = { name: "a program", scopes: ["send", "read"], apps: ["alerts"] }
  return (await several.request(0, "/v1/keys", { body: wish })).json
}

/** Revokes it through another gateway, if there is one. */
async function revoke(several: Several, id: string): Promise<void> {
  const { status } = await several.request(1, `/v1/keys/${id}`, { method: "DELETE" })
  assert.equal(status, 204)
}

async function countMessages(several: Several): Promise<number> {
  return (await several.request(0, "/v1/messages")).json.items.length
}

async function textOf(answer: Promise<IncomingMessage>): Promise<string> {
  let text = ""
  for await (const data of (await answer).setEncoding("utf8")) text += String(data)
  return text
}

const aLine = (content: string): string => JSON.stringify(aMessage({ text: { content }, send_at: LATER }))
const LATER = new Date(Date.now() + 3_600_000).toISOString()

for (const store of STORES) {
  // proves 28.D5: a key revoked at work
  test(`D5: the line of a batch that comes after its key was revoked is refused, on whichever gateway: ${store}`, async () => {
    await using several = await startOn(store)
    const { id, key } = await aKey(several)
    const { posting, answer } = begin(several, "/v1/messages/batch", {
      authorization: `Bearer ${key}`,
      "content-type": LINES,
    })
    posting.write(`${aLine("before")}\n`)
    const incoming = (await answer).setEncoding("utf8")
    const lines = incoming.iterator({ destroyOnReturn: false })
    const first = JSON.parse(String((await lines.next()).value))
    assert.equal(first.status, 202)

    await revoke(several, id)
    posting.write(`${aLine("after")}\n`)
    let rest = ""
    for await (const data of lines) rest += String(data)
    const [second, ...more] = rest.trim().split("\n")
    const { status, problem } = JSON.parse(second ?? "")
    assert.deepEqual([status, problem.code], [401, "unauthorized"])
    assert.deepEqual(more, [], "the batch ends there")
    assert.equal(await countMessages(several), 1)
    posting.destroy()
  })

  // proves 28.D5: a key revoked at work
  test(`D5: what has begun to be sent when its key is revoked is not taken, whatever the route: ${store}`, async () => {
    await using several = await startOn(store)
    const { id, key } = await aKey(several)
    const corp = several.simulator.org.corp_id
    const { json } = await several.request(0, `/cgi-bin/gettoken?corpid=${corp}&corpsecret=${key}`, { key: null })
    const form = new FormData()
    form.set("type", "file")
    form.set("file", new Blob([TEXT]), "a.txt")
    const encoded = new Response(form)
    const formBytes = Buffer.from(await encoded.arrayBuffer())
    const authorization = `Bearer ${key}`
    const asJson = { authorization, "content-type": "application/json" }
    const compat = { touser: "zhangsan", msgtype: "text", agentid: 1_000_002, text: { content: "after" } }
    const requests = [
      { path: "/v1/messages", headers: asJson, body: aLine("after"), refusal: /"code":"unauthorized"/ },
      {
        path: "/v1/messages/batch",
        headers: asJson,
        body: `[${aLine("after")},${aLine("after")}]`,
        // One problem if it is known before the body is read, otherwise one problem for each message.
        refusal: /^\{[^[]*"code":"unauthorized"|"status":401.*"status":401/s,
      },
      {
        path: `/cgi-bin/message/send?access_token=${json.access_token}`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(compat),
        refusal: /"errcode":42001/,
      },
      {
        path: "/v1/media",
        headers: { authorization, "content-type": encoded.headers.get("content-type") ?? "" },
        body: formBytes,
        refusal: /"code":"unauthorized"/,
      },
    ]
    const begun = await Promise.all(
      requests.map(async ({ path, headers, body, refusal }) => {
        const bytes = Buffer.from(body)
        const length = { "content-length": String(bytes.length), expect: "100-continue" }
        const { posting, answer } = begin(several, path, { ...headers, ...length })
        // The gateway has accepted the key.
        await once(posting, "continue")
        return { path, posting, answer, bytes, refusal }
      }),
    )
    await revoke(several, id)
    for (const { path, posting, answer, bytes, refusal } of begun) {
      posting.end(bytes)
      assert.match(await textOf(answer), refusal, path)
    }
    assert.equal(await countMessages(several), 0)
  })

  // proves 28.D5: a key revoked at work
  test(`D5: the events of a key end when it is revoked, on whichever gateway: ${store}`, async () => {
    await using several = await startOn(store)
    const { id, key } = await aKey(several)
    const [gateway] = several.gateways
    const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" }
    const following = httpRequest({ port: gateway?.port, path: "/v1/events", headers })
    following.end()
    const [incoming] = (await once(following, "response")) as [IncomingMessage]
    await revoke(several, id)
    assert.doesNotMatch(await textOf(Promise.resolve(incoming)), /^data/m)
  })

  // proves 32.in.revoked: a source removed at work
  test(`what has begun to be sent when its source is removed is not taken, on whichever gateway: ${store}`, async () => {
    await using several = await startOn(store)
    const wish = { name: "cron", adapter: "gotify", app: "alerts", to: { users: ["lisi"] } }
    const { id, token } = (await several.request(0, "/v1/sources", { body: wish })).json
    const body = JSON.stringify({ message: "x" })
    const headers = { "x-gotify-key": token, "content-type": "application/json", "content-length": String(body.length) }
    const { posting, answer } = begin(several, "/in/gotify/message", headers)
    posting.write(body.slice(0, 5))
    // The head was read, and so the source was found, once another request of the same source has its answer.
    const other = await several.request(0, "/in/gotify/message?dry_run=true", {
      key: null,
      headers: { "x-gotify-key": token },
      body: { message: "y" },
    })
    assert.equal(other.status, 200)
    assert.equal((await several.request(1, `/v1/sources/${id}`, { method: "DELETE" })).status, 204)
    posting.end(body.slice(5))
    const refused = JSON.parse(await textOf(answer)) as { errorCode: number }
    assert.equal(refused.errorCode, 401)
    assert.equal(await countMessages(several), 0)
  })
}
