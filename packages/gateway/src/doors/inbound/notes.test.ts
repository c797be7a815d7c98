import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { addSource, startInbound } from "./testing/start-inbound.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>
interface Row {
  readonly adapter: string
  /** `TOKEN` is replaced by the token of a source with this adapter. */
  readonly path: string
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
  readonly shows: string
  readonly type?: "text" | "markdown"
  readonly priority?: string
  readonly answers: (answer: Json) => void
  readonly alsoTo?: string
}

const FORM = { "content-type": "application/x-www-form-urlencoded" }
const isBark = (answer: Json) => {
  assert.deepEqual([answer["code"], answer["message"], typeof answer["timestamp"]], [200, "success", "number"])
}
const isGotify = (answer: Json) => {
  assert.ok(Number.isSafeInteger(answer["id"]) && answer["id"] > 0, String(answer["id"]))
  assert.equal(typeof answer["date"], "string")
}
const isNtfy = (answer: Json) => {
  assert.deepEqual([answer["event"], typeof answer["time"]], ["message", "number"])
  assert.match(answer["id"], /^msg_/)
}
const isServerChan = (answer: Json) => {
  assert.deepEqual([answer["code"], answer["data"].errno], [0, 0])
}
const isPusher = (answer: Json) => assert.deepEqual([answer["success"], answer["message"]], [true, "ok"])
const isChan = (answer: Json) => assert.deepEqual([answer["errcode"], answer["errmsg"]], [0, "ok"])

const BOUNDARY = "----parts"
const PARTS = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` }
const parts = (fields: Record<string, string>) =>
  Object.entries(fields)
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join("") + `--${BOUNDARY}--\r\n`

/** The documented fields of each protocol, with our own values. */
const ROWS: readonly Row[] = [
  {
    adapter: "ntfy",
    path: "/disk",
    headers: { authorization: "Bearer TOKEN" },
    body: "91%",
    shows: "91%",
    answers: isNtfy,
  },
  {
    adapter: "ntfy",
    path: "/disk?auth=AUTH",
    method: "PUT",
    body: "91% ",
    headers: { title: "disk", priority: "5" },
    shows: "disk\n91% ",
    priority: "high",
    answers: isNtfy,
  },
  {
    adapter: "ntfy",
    path: "/disk/publish?message=hello&token=TOKEN&p=2",
    shows: "hello",
    priority: "bulk",
    answers: isNtfy,
  },
  {
    adapter: "ntfy",
    path: "/TOKEN",
    body: "",
    method: "POST",
    shows: "triggered",
    answers: (answer) => assert.equal(answer["topic"], "source"),
  },
  {
    adapter: "ntfy",
    path: "/",
    headers: { authorization: "Bearer TOKEN" },
    body: {
      topic: "disk",
      message: "92%",
      title: "磁盘",
      tags: ["warning", "web-1"],
      priority: 4,
      click: "https://a.example/",
    },
    shows: "⚠️ 磁盘\n92%\n\nweb-1\nhttps://a.example/",
    priority: "high",
    answers: (answer) => assert.deepEqual([answer["topic"], answer["title"], answer["priority"]], ["disk", "磁盘", 4]),
  },
  { adapter: "bark", path: "/TOKEN/only%20a%2Fbody", shows: "only a/body", answers: isBark },
  {
    adapter: "bark",
    path: "/TOKEN/磁盘/91%25?level=critical&url=https://a.example",
    shows: "磁盘\n91%\nhttps://a.example",
    priority: "high",
    answers: isBark,
  },
  { adapter: "bark", path: "/TOKEN/title/subtitle/body", shows: "title\nsubtitle\nbody", answers: isBark },
  {
    adapter: "bark",
    path: "/TOKEN",
    body: "title=a&body=b&level=passive",
    headers: FORM,
    shows: "a\nb",
    priority: "bulk",
    answers: isBark,
  },
  {
    adapter: "bark",
    path: "/push",
    body: { device_key: "TOKEN", title: "t", body: "b", level: "timeSensitive" },
    shows: "t\nb",
    priority: "high",
    answers: isBark,
  },
  {
    adapter: "bark",
    path: "/push",
    body: { device_keys: ["TOKEN"], markdown: "**b**" },
    shows: "**b**",
    type: "markdown",
    answers: isBark,
  },
  {
    adapter: "gotify",
    path: "/message?token=TOKEN",
    body: parts({ title: "t", message: "m", priority: "8" }),
    headers: PARTS,
    shows: "t\nm",
    priority: "high",
    answers: isGotify,
  },
  {
    adapter: "gotify",
    path: "/message",
    headers: { "x-gotify-key": "TOKEN" },
    body: { message: "m2", priority: 5 },
    shows: "m2",
    answers: isGotify,
  },
  {
    adapter: "gotify",
    path: "/message",
    headers: { authorization: "Bearer TOKEN" },
    body: {
      title: "t",
      message: "**m**",
      priority: 2,
      extras: { "client::display": { contentType: "text/markdown" } },
    },
    shows: "**t**\n\n**m**",
    type: "markdown",
    priority: "bulk",
    answers: isGotify,
  },
  { adapter: "serverchan", path: "/TOKEN.send?title=磁盘", shows: "磁盘", answers: isServerChan },
  {
    adapter: "serverchan",
    path: "/TOKEN.send",
    body: "title=t&desp=%2A%2Ab%2A%2A&openid=lisi",
    headers: FORM,
    shows: "**t**\n\n**b**",
    type: "markdown",
    alsoTo: "lisi",
    answers: isServerChan,
  },
  {
    adapter: "serverchan",
    path: "/TOKEN.send",
    body: { title: "j", short: "s" },
    shows: "j\ns",
    answers: isServerChan,
  },
  { adapter: "message-pusher", path: "/push/root?title=t&description=d&token=TOKEN", shows: "t\nd", answers: isPusher },
  {
    adapter: "message-pusher",
    path: "/push/root",
    body: { title: "t", desp: "d2", token: "TOKEN" },
    shows: "t\nd2",
    answers: isPusher,
  },
  {
    adapter: "message-pusher",
    path: "/push/root",
    body: "title=t&content=%2A%2Ac%2A%2A&token=TOKEN",
    headers: FORM,
    shows: "**t**\n\n**c**",
    type: "markdown",
    answers: isPusher,
  },
  { adapter: "wecomchan", path: "/wecomchan?sendkey=TOKEN&msg=hello&msg_type=text", shows: "hello", answers: isChan },
  {
    adapter: "wecomchan",
    path: "/wecomchan",
    body: { sendkey: "TOKEN", msg: "**m**", msg_type: "markdown" },
    shows: "**m**",
    type: "markdown",
    answers: isChan,
  },
]

const NOT_A_TOKEN = `wps_${"0".repeat(50)}`
type Form = (answer: Json) => unknown

/** The form of each protocol's errors: the field that contains the status or its code. */
const FORMS: Readonly<Record<string, readonly [form: Form, unauthorized: unknown]>> = {
  ntfy: [({ code, http, error }) => [code, http, typeof error], [40_101, 401, "string"]],
  bark: [({ code, message, timestamp }) => [code, typeof message, typeof timestamp], [401, "string", "number"]],
  gotify: [({ error, errorCode }) => [error, errorCode], ["Unauthorized", 401]],
  serverchan: [({ code, info }) => [code, typeof info], [40_001, "string"]],
  "message-pusher": [({ success, message }) => [success, typeof message], [false, "string"]],
  wecomchan: [({ errcode, errmsg }) => [errcode, typeof errmsg], [40_001, "string"]],
}

/** Bad input that each of them may get: [path, body, headers, status]. */
const BAD: Readonly<
  Record<string, readonly (readonly [path: string, body: unknown, status: number, headers?: Record<string, string>])[]>
> = {
  ntfy: [
    ["/a?token=TOKEN&priority=9", "x", 422],
    ["/a?token=TOKEN&delay=soon", "x", 422],
    ["/?token=TOKEN", "no json", 400],
    ["/?token=TOKEN", { message: "no topic" }, 400],
    ["/a?token=TOKEN", new Uint8Array([0xff, 0xfe, 0x00]), 400],
    ["/a/b/c?token=TOKEN", "x", 404],
  ],
  bark: [
    ["/TOKEN", "", 400],
    ["/push", "{", 401],
    ["/push", { body: "x" }, 401],
    ["/push", { device_keys: ["TOKEN", NOT_A_TOKEN], body: "x" }, 401],
    ["/TOKEN/a/b/c/d", "x", 404],
    ["/TOKEN/%00", undefined, 400],
  ],
  gotify: [
    ["/message?token=TOKEN", { title: "t" }, 400],
    ["/message?token=TOKEN", "{", 400],
    ["/message?token=TOKEN", "--nonsense", 400, PARTS],
    ["/messages?token=TOKEN", { message: "m" }, 404],
  ],
  serverchan: [
    ["/TOKEN.send", "desp=a", 400, FORM],
    ["/TOKEN", "title=a", 401, FORM],
    ["/TOKEN.send/x?title=a", undefined, 404],
  ],
  "message-pusher": [
    ["/push/root?token=TOKEN", undefined, 400],
    ["/push?token=TOKEN&title=a", undefined, 404],
    ["/push/root", { title: "t" }, 401],
  ],
  wecomchan: [
    ["/?sendkey=TOKEN", undefined, 400],
    ["/?sendkey=TOKEN&msg=a&msg_type=video", undefined, 422],
  ],
}

const filledIn = <T>(value: T, token: string): T => {
  if (value === undefined || value instanceof Uint8Array) return value
  const auth = Buffer.from(`Bearer ${token}`).toString("base64url")
  return JSON.parse(JSON.stringify(value).replaceAll("TOKEN", token).replaceAll("AUTH", auth)) as T
}

suite("protocols of a title and a text", () => {
  const started = shared(async (resources) => {
    const day = resources.use(await startInbound())
    const tokens = new Map<string, string>()
    for (const adapter of Object.keys(FORMS)) tokens.set(adapter, await addSource(day, adapter))
    return { day, tokenOf: (adapter: string) => tokens.get(adapter) ?? "" }
  })
  for (const {
    adapter,
    path,
    method,
    headers = {},
    body,
    shows,
    type = "text",
    priority = "normal",
    answers,
    alsoTo,
  } of ROWS) {
    // client: Bark | bark | request
    // client: ServerChan (Server酱) | serverchan | request
    // client: message-pusher | message-pusher | request
    // client: wecomchan (Wecom酱) | wecomchan | request
    // proves 32.in.notes: each documented request
    test(`${adapter} ${method ?? (body === undefined ? "GET" : "POST")} ${path} reaches the phone and is answered in its own words`, async () => {
      const { day, tokenOf } = started()
      const token = tokenOf(adapter)
      const answer = await day.ask(`/in/${adapter}${filledIn(path, token)}`, {
        ...(method === undefined ? {} : { method }),
        ...(body === undefined ? {} : { body: filledIn(body, token) }),
        headers: filledIn(headers, token),
      })
      assert.equal(answer.status, 200, answer.text)
      answers(answer.json)
      assert.doesNotMatch(answer.text, new RegExp(token))
      assert.equal((await day.newest())["priority"], priority)
      assert.equal((await day.shown(alsoTo)).at(-1)?.[type].content, shows)
    })
  }

  for (const [adapter, [form, unauthorized]] of Object.entries(FORMS)) {
    // proves 32.in.bad: protocols of a title and a text, each in its own form
    test(`${adapter}: what cannot be sent is refused in its own form, and nothing is accepted`, async () => {
      // A gateway of its own, because a client that sends more than ten wrong tokens has to wait.
      await using day = await startInbound()
      const tokens = { [adapter]: await addSource(day, adapter), text: await addSource(day, "text") }
      const tokenOf = (name: string) => tokens[name] ?? ""
      const before = await day.count()
      const paths: Record<string, string> = {
        ntfy: "/a?token=TOKEN",
        bark: "/TOKEN/body",
        gotify: "/message?token=TOKEN",
        serverchan: "/TOKEN.send?title=a",
        "message-pusher": "/push/a?title=a&token=TOKEN",
        wecomchan: "/?sendkey=TOKEN&msg=a",
      }
      const path = `/in/${adapter}${paths[adapter]}`
      const unknown = await day.ask(path.replace("TOKEN", NOT_A_TOKEN), { body: { message: "m" } })
      assert.equal(unknown.status, 401, unknown.text)
      assert.deepEqual(form(unknown.json), unauthorized)
      const ofAnother = tokenOf("text")
      assert.equal((await day.ask(path.replace("TOKEN", ofAnother), { body: { message: "m" } })).status, 401)
      const large = await day.ask(path.replace("TOKEN", tokenOf(adapter)), { body: "a".repeat(64 * 1024 + 1) })
      assert.equal(large.status, 413, large.text)
      assert.deepEqual(Object.keys(large.json), Object.keys(unknown.json))
      for (const [bad, body, status, headers = {}] of BAD[adapter] ?? []) {
        const answer = await day.ask(`/in/${adapter}${filledIn(bad, tokenOf(adapter))}`, {
          ...(body === undefined ? {} : { method: "POST", body: filledIn(body, tokenOf(adapter)) }),
          headers,
        })
        assert.equal(answer.status, status, `${bad} ${String(body)}: ${answer.text}`)
        assert.deepEqual(Object.keys(answer.json), Object.keys(unknown.json), bad)
      }
      const head = await day.ask(path.replace("TOKEN", tokenOf(adapter)), { method: "HEAD" })
      assert.equal(head.status, 200)
      assert.equal(await day.count(), before)
    })
  }

  // proves 32.in.notes: message-pusher's own recipients
  test("message-pusher's own recipients get nothing, and a line of the log says so", async () => {
    const { day, tokenOf } = started()
    const lines = day.logLines.length
    const query = `title=a&to=wangwu&token=${tokenOf("message-pusher")}`
    const answer = await day.ask("/in/message-pusher/push/root", {
      body: query,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    })
    assert.equal(answer.json.success, true)
    assert.match(day.logLines.slice(lines).join(""), /to names recipients of message-pusher/)
  })

  test("Bark's device_keys reach the audience of each source once", async () => {
    const { day, tokenOf } = started()
    const other = await addSource(day, "bark", { to: { users: ["WangWu"] } })
    const before = await day.count()
    const device_keys = [tokenOf("bark"), other, other]
    const answer = await day.ask("/in/bark/push", { body: { device_keys, body: "both" } })
    assert.equal(answer.status, 200, answer.text)
    assert.equal(await day.count(), before + 2)
    assert.equal((await day.shown("WangWu")).at(-1)?.["text"].content, "both")
  })

  test("a ping is answered to everybody", async () => {
    const { day } = started()
    assert.equal((await day.ask("/in/bark/ping")).json.message, "pong")
    assert.equal((await day.ask("/in/ntfy/v1/health")).json.healthy, true)
    assert.equal((await day.ask("/in/gotify/health")).json.health, "green")
  })
})
