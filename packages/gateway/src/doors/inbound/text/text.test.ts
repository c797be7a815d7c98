import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { addFault, onEachStore } from "../../http/testing/each-store.ts"
import { ADMIN_KEY } from "../../http/testing/start-gateway.ts"
import { startInbound } from "../testing/start-inbound.ts"

const FORM = { "content-type": "application/x-www-form-urlencoded" }
/** The bytes that curl sends for a header that is not ASCII. */
const utf8 = (text: string): string => Buffer.from(text).toString("latin1")
const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString("base64")}` })

onEachStore("/in/text", (started) => {
  // proves 32.in.text: curl with a text and a phone number, on each store
  test("what curl sends with -d reaches the phone of the number in the query", async () => {
    const { request, until, phone } = started()
    const answer = await request("/in/text?to=13800000001&app=alerts", { body: "磁盘 91%", headers: FORM })
    assert.equal(answer.status, 202, answer.text)
    assert.deepEqual(Object.keys(answer.json), ["id", "state", "recipients"])
    await until(answer.json.id, "sent")
    const shown = (await phone("zhangsan")).map(({ body }) => body)
    assert.deepEqual(shown, [{ msgtype: "text", text: { content: "磁盘 91%" } }])
  })

  test("the characters of a mobile and the commas may be those of a Chinese keyboard", async () => {
    const { request, until, phone } = started()
    const to = encodeURIComponent("１３８０００００００１，lisi")
    const answer = await request(`/in/text?to=${to}&app=alerts`, { body: "全角", headers: FORM })
    assert.deepEqual([answer.status, answer.json.recipients], [202, 2], answer.text)
    await until(answer.json.id, "sent")
    const shown = (await phone("zhangsan")).map(({ body }) => body)
    assert.deepEqual(shown.at(-1), { msgtype: "text", text: { content: "全角" } })
  })

  // proves 32.in.robot-app: a group robot as the app
  test("to a group robot it goes without a recipient, by a key and by a source; with one it is refused by name", async () => {
    const day = started()
    const robot = { name: "board", kind: "robot", robot_key: "sim-robot" }
    assert.equal((await day.request("/v1/apps", { body: robot })).status, 201)
    const sent = async (id: string): Promise<string> => {
      await day.until(id, "sent")
      return id
    }
    const byKey = await day.request("/in/text?app=board", { body: "by key", headers: FORM })
    assert.equal(byKey.status, 202, byKey.text)
    await sent(byKey.json.id)
    const named = await day.request("/in/text?app=board&to=lisi", { body: "named", headers: FORM })
    assert.deepEqual([named.status, named.json.errors[0].code], [422, "not_supported"], named.text)

    const source = { name: "disk", adapter: "text", app: "board" }
    const refused = await day.request("/v1/sources", { body: { ...source, to: { users: ["lisi"] } } })
    assert.deepEqual([refused.status, refused.json.errors[0].path], [422, "/to"])
    assert.match(refused.json.errors[0].detail, /sends to its own group; give \{\} as to/)
    const made = await day.request("/v1/sources", { body: { ...source, to: {} } })
    assert.equal(made.status, 201, made.text)
    const bySource = await day.request(`/in/text?token=${made.json.token}`, {
      body: "by source",
      headers: FORM,
      key: null,
    })
    assert.equal(bySource.status, 202, bySource.text)
    await sent(bySource.json.id)
    const empty = await day.request("/v1/sources", { body: { ...source, app: "alerts", to: {} } })
    assert.equal(empty.status, 422, empty.text)
    // The other tests name no app, which requires a single app.
    assert.equal((await day.request("/v1/apps/board", { method: "DELETE" })).status, 204)
  })

  // proves 32.in.text: an equal request joins the first while that is not settled, on each store
  test("an equal request joins the first while that is not settled, and is another message afterwards", async () => {
    const day = started()
    const post = (to: string) => day.request(`/in/text?to=${to}`, { body: "equal", headers: FORM })
    await addFault(day, { path: "message/send", kind: "slow", delay_ms: 700 })
    const first = await post("lisi")
    const again = await post("lisi")
    const ofAnother = await post("WangWu")
    assert.equal(again.json.id, first.json.id)
    assert.equal(again.headers.get("idempotent-replayed"), "true")
    assert.notEqual(ofAnother.json.id, first.json.id)
    await day.until(first.json.id, "sent")
    assert.notEqual((await post("lisi")).json.id, first.json.id)
  })
})

suite("/in/text", () => {
  const started = shared(async (resources) => resources.use(await startInbound()))

  test("title, tags and link come from headers, X- headers, encoded words and the query", async () => {
    const { ask, shown, newest } = started()
    const rows: readonly [query: string, headers: Record<string, string>, content: string, priority?: string][] = [
      ["", { Title: utf8("磁盘") }, "磁盘\n91%"],
      ["", { "X-Title": "=?UTF-8?B?56OB55uY?=", Priority: "high" }, "磁盘\n91%", "high"],
      ["", { Title: "=?utf-8?Q?a=20_b?= =?utf-8?q?=E7=A3=81?=", Prio: "1" }, "a  b磁\n91%", "bulk"],
      ["&title=%E7%A3%81&p=5&click=https://a.example/", {}, "磁\n91%\nhttps://a.example/", "high"],
      ["&tags=warning,web-1", {}, "⚠️ 91%\n\nweb-1"],
      ["", { Tags: "skull", Title: "down" }, "💀 down\n91%"],
    ]
    for (const [query, headers, content, priority = "normal"] of rows) {
      const answer = await ask(`/in/text?to=lisi&token=KEY${query}`, { body: "91%", headers: { ...FORM, ...headers } })
      assert.equal(answer.status, 202, answer.text)
      assert.equal((await newest())["priority"], priority)
      assert.equal((await shown("lisi")).at(-1)?.["text"].content, content)
    }
  })

  test("PUT and /publish send too; markdown is sent as such; a delay is kept", async () => {
    const { ask, shown, newest } = started()
    const put = await ask("/in/text?to=WangWu&token=KEY&md=yes&title=T", { method: "PUT", body: "a **b**" })
    assert.equal(put.status, 202, put.text)
    assert.equal((await shown("WangWu")).at(-1)?.["markdown"].content, "**T**\n\na **b**")
    const get = await ask("/in/text/publish?to=WangWu&token=KEY&message=hello", { method: "GET" })
    assert.equal(get.status, 202, get.text)
    assert.equal((await shown("WangWu")).at(-1)?.["text"].content, "hello")
    const delayed = await ask("/in/text?to=WangWu&token=KEY&in=2h", { body: "later" })
    assert.equal(delayed.json.state, "scheduled", delayed.text)
    const { send_at } = await newest()
    assert.ok(Math.abs(Date.parse(send_at) - Date.now() - 2 * 3600_000) < 60_000, send_at)
  })

  for (const [path, refused, taken] of [
    ["/in/text", ["GET", "DELETE", "PATCH"], "POST, PUT"],
    ["/in/text/publish", ["DELETE"], "GET, POST, PUT"],
    ["/in/ntfy", ["GET", "DELETE"], "POST, PUT"],
    ["/in/ntfy/alerts", ["GET", "DELETE"], "POST, PUT"],
    ["/in/ntfy/alerts/publish", ["PATCH"], "GET, POST, PUT"],
    ["/in/gotify/message", ["GET", "PUT", "DELETE"], "POST"],
    ["/in/robot/send", ["GET", "PUT", "DELETE"], "POST"],
  ] as const) {
    test(`${path} names the same methods, ${taken}, whichever other is used`, async () => {
      for (const method of refused) {
        for (const [language, sentence] of [
          ["en", `This path takes ${taken}.`],
          ["zh", `此路径只接受 ${taken.replaceAll(", ", "、")}。`],
        ] as const) {
          const headers = { "accept-language": language }
          const answer = await started().ask(`${path}?to=lisi&token=KEY`, { method, headers })
          assert.ok(answer.text.includes(sentence), `${method}: ${answer.text}`)
        }
      }
    })
  }

  // proves 32.in.head: HEAD never sends
  test("HEAD sends nothing, and asks for a token all the same", async () => {
    const { ask, count } = started()
    const before = await count()
    for (const path of ["/in/text", "/in/text/publish"]) {
      const answer = await ask(`${path}?to=lisi&token=KEY&message=hello`, { method: "HEAD" })
      assert.equal(answer.status, 200)
      assert.equal((await ask(`${path}?to=lisi&message=hello`, { method: "HEAD" })).status, 401)
    }
    assert.equal(await count(), before)
  })

  test("a key is taken as Bearer, as either part of basic authentication, and as token in the query", async () => {
    const { ask } = started()
    const rows = [
      { authorization: `Bearer ${ADMIN_KEY}` },
      basic(`${ADMIN_KEY}:`),
      basic(`:${ADMIN_KEY}`),
      basic(`me:${ADMIN_KEY}`),
    ]
    for (const headers of rows) assert.equal((await ask("/in/text?to=lisi", { headers, body: "a" })).status, 202)
    assert.equal((await ask("/in/text?to=lisi&token=KEY", { body: "a" })).status, 202)
  })

  // proves 32.in.bad: /in/text
  test("what cannot be sent is a problem in the caller's language, and makes no message", async () => {
    const { ask, count } = started()
    const before = await count()
    const rows: readonly [what: string, path: string, body: string | Uint8Array, status: number, code: string][] = [
      ["no token", "/in/text?to=lisi", "a", 401, "unauthorized"],
      ["no audience", "/in/text?token=KEY", "a", 422, "invalid_value"],
      ["an empty audience", "/in/text?token=KEY&to=,", "a", 422, "invalid_value"],
      ["everybody", "/in/text?token=KEY&to=@all", "a", 422, "invalid_value"],
      ["an unknown app", "/in/text?token=KEY&to=lisi&app=none", "a", 404, "not_found"],
      ["nothing", "/in/text?token=KEY&to=lisi", "", 400, "body_missing"],
      ["no UTF-8", "/in/text?token=KEY&to=lisi", new Uint8Array([0xb4, 0xc5]), 400, "invalid_utf8"],
      ["NUL", "/in/text?token=KEY&to=lisi", "a\0b", 400, "invalid_text"],
      ["too large", "/in/text?token=KEY&to=lisi", "a".repeat(64 * 1024 + 1), 413, "body_too_large"],
      ["a priority", "/in/text?token=KEY&to=lisi&priority=9", "a", 422, "invalid_value"],
      ["a delay", "/in/text?token=KEY&to=lisi&delay=soon", "a", 422, "invalid_value"],
      ["a path", "/in/text/a/b?token=KEY&to=lisi", "a", 404, "no_such_path"],
      ["another adapter", "/in/telex?token=KEY&to=lisi", "a", 404, "no_such_path"],
    ]
    for (const [what, path, body, status, code] of rows) {
      for (const [language, script] of [
        ["en", /^[\x20-\x7e]+$/],
        ["zh", /[\u4e00-\u9fff]/],
      ] as const) {
        const answer = await ask(path, { method: "POST", body, headers: { ...FORM, "accept-language": language } })
        assert.deepEqual([answer.status, answer.json.code], [status, code], `${what}: ${answer.text}`)
        assert.match(answer.json.detail, script, what)
      }
    }
    assert.equal(await count(), before)
  })

  test("a text in the character set that its Content-Type names is read as such", async () => {
    const { ask, shown } = started()
    const gbk = new Uint8Array([0xb4, 0xc5, 0xc5, 0xcc])
    await ask("/in/text?to=13800000001&token=KEY", {
      body: gbk,
      headers: { "content-type": "text/plain; charset=gbk" },
    })
    assert.equal((await shown()).at(-1)?.["text"].content, "磁盘")
  })
})

// proves 32.in.guesses: guessing is slowed, tokens are masked in the log
test("after ten wrong tokens a minute an address has to wait; a right one is served all the same", async () => {
  await using day = await startInbound()
  const wrong = (n: number) => day.ask(`/in/text?to=lisi&token=wp_wrong_token_of_a_stranger_${n}`, { body: "a" })
  const statuses: number[] = []
  for (let n = 0; n < 12; n++) statuses.push((await wrong(n)).status)
  assert.deepEqual(
    statuses.slice(0, 10),
    Array.from({ length: 10 }, () => 401),
  )
  const last = await wrong(99)
  assert.deepEqual([statuses[11], last.status, last.json.code], [429, 429, "rate_limited"])
  assert.match(last.headers.get("retry-after") ?? "", /^\d+$/)
  assert.equal((await day.ask("/in/text?to=lisi&token=KEY", { body: "a" })).status, 202)
  assert.doesNotMatch(day.logLines.join(""), /wrong_token_of_a_stranger|test-admin-key/)
})
