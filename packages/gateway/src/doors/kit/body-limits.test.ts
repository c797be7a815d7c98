import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../../tools/testing/shared.ts"
import { RawConnection } from "../http/testing/raw-connection.ts"
import { aMessage, ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"
import type { TestGateway } from "../http/testing/start-gateway.ts"

const KIB = 1024
const MIB = 1024 * KIB

/** Each of our paths that takes a body, with its limit. */
const LIMITS: Readonly<Record<string, number>> = {
  "POST /v1/messages": 64 * MIB,
  "POST /v1/messages/batch": 64 * MIB,
  "POST /v1/messages/cancel": 64 * KIB,
  "POST /v1/messages/{id}/cancel": 64 * KIB,
  "POST /v1/messages/{id}/retry": 64 * KIB,
  "POST /v1/messages/{id}/recall": 64 * KIB,
  "POST /v1/messages/{id}/card": 256 * KIB,
  "POST /v1/media": 64 * MIB,
  "DELETE /v1/media/{id}": 64 * KIB,
  "POST /v1/lookup": 64 * KIB,
  "POST /v1/apps": 64 * KIB,
  "PATCH /v1/apps/{name}": 64 * KIB,
  "DELETE /v1/apps/{name}": 64 * KIB,
  "PUT /v1/corps/{corp_id}": 64 * KIB,
  "POST /v1/keys": 256 * KIB,
  "POST /v1/keys/{id}/rotate": 64 * KIB,
  "DELETE /v1/keys/{id}": 64 * KIB,
  "POST /v1/chats": 256 * KIB,
  "PATCH /v1/chats/{chatid}": 256 * KIB,
  "POST /v1/sources": 256 * KIB,
  "POST /v1/sources/preview": 256 * KIB,
  "PATCH /v1/sources/{id}": 256 * KIB,
  "POST /v1/sources/{id}/rotate": 64 * KIB,
  "DELETE /v1/sources/{id}": 64 * KIB,
  "POST /callback/{app}": 256 * KIB,
}
/** The paths of qyapi, which answer with WeCom's errcodes. */
const COMPAT_LIMITS: Readonly<Record<string, number>> = {
  "/cgi-bin/gettoken": 4 * KIB,
  "/cgi-bin/message/send": 8 * MIB,
  "/cgi-bin/appchat/send": 8 * MIB,
  "/cgi-bin/appchat/create": 256 * KIB,
  "/cgi-bin/appchat/update": 256 * KIB,
  "/cgi-bin/message/recall": 64 * KIB,
  "/cgi-bin/message/update_template_card": 256 * KIB,
  "/cgi-bin/message/update_taskcard": 256 * KIB,
  "/cgi-bin/user/getuserid": 64 * KIB,
  "/cgi-bin/user/get_userid_by_email": 64 * KIB,
}
const IN_WORDS = new Map([
  [4 * KIB, "4 KiB"],
  [64 * KIB, "64 KiB"],
  [256 * KIB, "256 KiB"],
  [64 * MIB, "64 MiB"],
])

const CALLBACK = { callback_token: "token", encoding_aes_key: "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA" }

let gateway: TestGateway
let token: string
shared(async (resources) => {
  gateway = resources.use(await startTestGateway())
  await gateway.request("/v1/apps/alerts", { method: "PATCH", body: CALLBACK })
  const query = `corpid=ww0000000000000001&corpsecret=${ADMIN_KEY}`
  token = (await gateway.request(`/cgi-bin/gettoken?${query}`, { key: null })).json.access_token
})

// proves 28.D2: bodies of millions of names
test("each path that takes a body has its limit in this file, and tells it in /openapi.json", async () => {
  const { json } = await gateway.request("/openapi.json", { key: null })
  const routes = Object.entries<Record<string, unknown>>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(routes.filter((route) => !/^(?:GET|HEAD) /.test(route)).toSorted(), Object.keys(LIMITS).toSorted())
  for (const [route, limit] of Object.entries(LIMITS)) {
    const [method = "", path = ""] = route.split(" ")
    const { requestBody, description } = json.paths[path][method.toLowerCase()]
    if (requestBody !== undefined) assert.ok(description.includes(`at most ${IN_WORDS.get(limit)}.`), description)
  }
})

/** A body without a file is checked by its length alone. */
const FORM = "multipart/form-data; boundary=b"

suite("a body over the limit of its path is 413, which names the limit", () => {
  for (const [route, limit] of Object.entries(LIMITS)) {
    const { method, path, type } = requestTo(route)
    // Without the path for uploads: no other body is read there.
    if (route === "DELETE /v1/media/{id}") continue
    // proves 28.D2: bodies of millions of names
    test(`${route}: at once where its length is given`, async () => {
      using connection = new RawConnection(gateway.port)
      connection.write(headOf(method, path, type, `Content-Length: ${limit + 1}`))
      await answered(connection)
      assert413(connection, limit)
    })

    // In a form it is the file that is too large; another test sends 64 MiB.
    if (limit > MIB) continue
    // proves 28.D2: bodies of millions of names
    test(`${route}: without a length as soon as it is over`, async () => {
      using connection = new RawConnection(gateway.port)
      connection.write(headOf(method, path, type, "Transfer-Encoding: chunked"))
      const piece = "x".repeat(limit / 4)
      for (let n = 0; n < 4; n++) connection.write(chunk(piece))
      connection.write(chunk("x"))
      // The body does not end, and the answer does not wait for its end.
      await answered(connection)
      assert413(connection, limit)
    })

    // proves 28.D2: bodies of millions of names
    test(`${route}: at the limit it is read`, async () => {
      const body = `{${" ".repeat(limit - 2)}}`
      const { status } = await gateway.request(path, { method, body, headers: { "content-type": type } })
      assert.notEqual(status, 413)
      assert.ok(status < 500, String(status))
    })
  }

  for (const [path, limit] of Object.entries(COMPAT_LIMITS)) {
    // proves 28.D2: bodies of millions of names
    test(`${path}: by errcode 40206`, async () => {
      using connection = new RawConnection(gateway.port)
      connection.write(
        headOf("POST", `${path}?access_token=${token}`, "application/json", `Content-Length: ${limit + 1}`),
      )
      await answered(connection)
      assert.equal(connection.status, 200)
      assert.match(connection.received, /"errcode":40206/)
      assert.match(connection.received, new RegExp(`at most ${limit} bytes`))
      assert.match(connection.received, /connection: close/i)
    })
  }
})

suite("an object of many names is refused before it is built, its path and the limit named", () => {
  const names = Array.from({ length: 1001 }, (_, n) => `"n${n}":1`).join(",")
  const routes = Object.keys(LIMITS).filter((route) => !/media|callback/.test(route))
  for (const route of routes) {
    test(route, async () => {
      const { method, path } = requestTo(route)
      const { status, json } = await gateway.request(path, { method, body: `{"to":{"x":[7,{${names}}]}}` })
      assert.deepEqual([status, json.code], [422, "too_many_names"])
      assert.deepEqual([json.errors[0].path, json.errors[0].code], ["/to/x/1", "too_many"])
      assert.match(json.detail, /at most 1,000/)
    })
  }

  // proves 28.D2: bodies of millions of names
  test("POST /v1/messages and POST /v1/messages/batch: of a large body too", async () => {
    const many = Array.from({ length: 300_000 }, (_, n) => `"n${n}":1`).join(",")
    for (const [path, body, place] of [
      ["/v1/messages", `{"to":{${many}}}`, "/to"],
      ["/v1/messages/batch", `[{"to":{}},{${many}}]`, "/1"],
    ] as const) {
      const { status, json } = await gateway.request(path, { body })
      assert.deepEqual([status, json.code, json.errors[0].path], [422, "too_many_names", place])
    }
  })

  // proves 28.D2: bodies of millions of names
  test("POST /v1/messages/batch: of a line it concerns that line alone", async () => {
    const { text } = await gateway.request("/v1/messages/batch", {
      body: `{${names}}\n${JSON.stringify(aMessage())}\n`,
      headers: { "content-type": "application/x-ndjson" },
    })
    const [first, second] = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]))
    assert.deepEqual([first.problem.code, second.status], ["too_many_names", 202])
  })

  for (const path of Object.keys(COMPAT_LIMITS)) {
    if (path === "/cgi-bin/gettoken") continue
    // proves 28.D2: bodies of millions of names
    test(`${path}: by errcode 40058`, async () => {
      const { json } = await gateway.request(`${path}?access_token=${token}`, { key: null, body: `{${names}}` })
      assert.equal(json.errcode, 40058)
      assert.match(json.errmsg, /at most 1,000/)
    })
  }
})

// proves 28.D2: bodies of millions of names
test("a thousand names in one object are read", async () => {
  const names = Array.from({ length: 1000 }, (_, n) => `"n${n}":1`).join(",")
  const { status, json } = await gateway.request("/v1/lookup", { body: `{${names}}` })
  assert.deepEqual([status, json.code], [400, "unknown_field"])
  assert.equal(json.errors.length, 100)
  assert.ok(json.more_errors >= 900, `it says how many more there are: ${json.more_errors}`)
})

// proves 28.D2: bodies of millions of names
test("a list of more values than a small body may hold is refused before each is looked at", async () => {
  const { status, json } = await gateway.request("/v1/keys", { body: `{"apps":[${"1,".repeat(10_001)}1]}` })
  assert.deepEqual([status, json.code], [413, "too_many_values"])
  assert.match(json.detail, /at most 10,000/)
})

function requestTo(route: string): { readonly method: string; readonly path: string; readonly type: string } {
  const [method = "", pattern = ""] = route.split(" ")
  const path = pattern.replace("{app}", "alerts").replaceAll(/\{\w+\}/g, "x")
  return { method, path, type: path === "/v1/media" ? FORM : "application/json" }
}

function headOf(method: string, path: string, type: string, length: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: ${type}\r\n${length}\r\n\r\n`
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

/** The whole answer has arrived. The connection stays open for a moment longer. */
async function answered(connection: RawConnection): Promise<void> {
  while (!/\r\n\r\n\{.*\}$/s.test(connection.received)) {
    const more = Promise.withResolvers<void>()
    connection.socket.once("data", () => more.resolve())
    await Promise.race([more.promise, connection.closed])
  }
}

function assert413({ status, received }: RawConnection, limit: number): void {
  assert.equal(status, 413, received)
  assert.match(received, /"code":"body_too_large"/)
  assert.ok(received.includes(`over ${IN_WORDS.get(limit)}, the most`), received)
  assert.match(received, /connection: close/i)
}
