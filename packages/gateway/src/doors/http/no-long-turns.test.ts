import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { longestTurn } from "../../../../../tools/testing/longest-turn.ts"
import type { AcceptRequest } from "../../model/ports/outbox.ts"
import { Breath } from "../../accept/breath.ts"
import { rowsOf } from "../../accept/recipients.ts"
import { aMessage, ADMIN_KEY, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

/** The promise is 50 ms. Done in one turn, each of these would take seconds. The client runs in this thread, too. */
const MOST_MS = 500

const TO_ONE = { agentid: 1_000_002, touser: "a" }

let gateway: TestGateway
let token: string
shared(async (resources) => {
  gateway = resources.use(await startTestGateway())
  const scopes = ["send", "read"]
  const key = await gateway.request("/v1/keys", { body: { name: "x", scopes, apps: ["alerts"], overflow: "split" } })
  const query = `corpid=ww0000000000000001&corpsecret=${key.json.key}`
  token = (await gateway.request(`/cgi-bin/gettoken?${query}`, { key: null })).json.access_token
})

const names = (count: number): string => Array.from({ length: count }, (_, n) => `"n${n}":${n}`).join(",")

const article = { title: "t", thumb_media_id: "m", content: "<p>字".repeat(110_000) }

// proves 28.D2: bodies of millions of names
suite("no body holds the thread that serves all", () => {
  const million = `{${names(1_000_000)}}`
  const eightMegabytes = `{${names(500_000)}}`
  const cases: Readonly<Record<string, readonly [path: string, body: string, outcome: number]>> = {
    "a million names to /v1/lookup": ["/v1/lookup", million, 413],
    "a million names to …/card": ["/v1/messages/x/card", million, 413],
    "a million names to …/retry": ["/v1/messages/x/retry", million, 413],
    "a million names to /v1/keys": ["/v1/keys", million, 413],
    "a million names to /v1/apps": ["/v1/apps", million, 413],
    "a million names to /v1/messages": ["/v1/messages", million, 422],
    "a message to a million names": ["/v1/messages", `{"to":${million}}`, 422],
    "a million names in a batch": ["/v1/messages/batch", `[${million}]`, 422],
    "half a million names to message/send": ["/cgi-bin/message/send", eightMegabytes, 40058],
    "half a million names to user/getuserid": ["/cgi-bin/user/getuserid", eightMegabytes, 40206],
    "eight megabytes of markdown to message/send, to be split": [
      "/cgi-bin/message/send",
      JSON.stringify({ ...TO_ONE, msgtype: "markdown", markdown: { content: "**a** ".repeat(1_300_000) } }),
      45002,
    ],
    "four million users to message/send": [
      "/cgi-bin/message/send",
      JSON.stringify({ ...TO_ONE, touser: "a|".repeat(4_000_000), msgtype: "text", text: { content: "a" } }),
      40032,
    ],
    "five megabytes of articles": [
      "/v1/messages",
      JSON.stringify({
        to: { users: ["a"] },
        msgtype: "mpnews",
        mpnews: { articles: Array.from({ length: 8 }, () => article) },
      }),
      202,
    ],
    "a message of mistakes": ["/v1/messages", JSON.stringify({ to: { mobiles: Array(1_000_000).fill(5) } }), 400],
    "a text that ends with a mistake": [
      "/v1/messages",
      JSON.stringify(aMessage({ to: { mobiles: [...Array(1_000_000).fill("1"), "\0"] } })),
      400,
    ],
  }
  for (const [name, [path, text, outcome]] of Object.entries(cases)) {
    test(name, async () => {
      const body = Buffer.from(text)
      const isCompat = path.startsWith("/cgi-bin")
      let found = 0
      const ms = await longestTurn(async () => {
        const answer = await gateway.request(isCompat ? `${path}?access_token=${token}` : path, {
          body,
          key: isCompat ? null : ADMIN_KEY,
        })
        found = isCompat ? answer.json.errcode : answer.status
      })
      assert.equal(found, outcome)
      assert.ok(ms < MOST_MS, `${ms} ms`)
    })
  }
})

// proves 28.D2: bodies of millions of names
test("28.D2: no two messages of megabytes share a commit, and what is in a lane stays behind those before it", async (t) => {
  const { outbox } = gateway.stores
  const accept = outbox.accept.bind(outbox)
  const stored: string[] = []
  let [underWay, most] = [0, 0]
  t.mock.method(outbox, "accept", async (request: AcceptRequest) => {
    stored.push(request.message.msgtype)
    if (request.message.msgtype !== "mpnews") return accept(request)
    most = Math.max(most, ++underWay)
    const result = await accept(request)
    underWay--
    return result
  })
  const mpnews = { articles: [{ ...article, content: "x".repeat(200_000) }] }
  const large = { to: { users: ["a"] }, msgtype: "mpnews", mpnews, order_key: "k" }
  const small = aMessage({ order_key: "k" })
  const { json } = await gateway.request("/v1/messages/batch", { body: [large, large, small, large, small] })
  assert.deepEqual(
    json.map((line: { status: number }) => line.status),
    [202, 202, 202, 202, 202],
  )
  assert.deepEqual(stored, ["mpnews", "mpnews", "text", "mpnews", "text"])
  assert.equal(most, 1)
})

// proves 28.D2: bodies of millions of names
test("numbers of other countries are looked at with rests in between", async () => {
  const mobiles = Array.from({ length: 5000 }, (_, n) => `+852${91_000_000 + n}`)
  const audience = rowsOf({ mobiles }, 0, new Breath(8))
  let turns = 0
  const count = setInterval(() => turns++, 1)
  assert.equal((await audience).count, 5000)
  clearInterval(count)
  assert.ok(turns > 4, `the loop has turned ${turns} times meanwhile`)
})
