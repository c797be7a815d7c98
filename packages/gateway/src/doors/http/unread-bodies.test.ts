import assert from "node:assert/strict"
import { test } from "node:test"
import { RawConnection } from "./testing/raw-connection.ts"
import { aMessage, ADMIN_KEY, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

const MB = 1_000_000

/** The answer of each path to a stranger before it has read anything of the body. */
const UNREAD = {
  "POST /v1/messages": [401, /"code":"unauthorized"/],
  "PUT /v1/apps/alerts": [405, /"code":"method_not_allowed"/],
  "POST /v1/media": [401, /"code":"unauthorized"/],
  "POST /nowhere": [404, /"code":"no_such_path"/],
  "OPTIONS /v1/messages": [204, /^$/],
  "POST /callback/unknown": [404, /"code":"not_found"/],
  "POST /callback/alerts": [404, /"code":"not_found"/],
  "POST /cgi-bin/nowhere": [200, /"errcode":41001/],
  "POST /cgi-bin/message/send": [200, /"errcode":41001/],
  "POST /cgi-bin/message/send?access_token=x": [200, /"errcode":40014/],
  "POST /cgi-bin/media/upload?access_token=x&type=file": [200, /"errcode":40014/],
  "PUT /cgi-bin/gettoken": [200, /"errcode":40058/],
  "POST /cgi-bin/gettoken": [200, /"errcode":40206/],
} as const

const BODIES = {
  "of a megabyte": `Content-Length: ${MB}`,
  "of a few bytes": "Content-Length: 10",
  "without a length": "Transfer-Encoding: chunked",
}

for (const [line, [status, body]] of Object.entries(UNREAD)) {
  // proves C7: bodies too large or compressed
  test(`the answer to a stranger does not wait for the body: ${line}`, { timeout: 60_000 }, async () => {
    await using gateway = await startTestGateway()
    for (const [how, header] of Object.entries(BODIES)) {
      // A small body may contain the key.
      if (line === "POST /cgi-bin/gettoken" && how !== "of a megabyte") continue
      using connection = new RawConnection(gateway.port)
      connection.write(`${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}\r\n\r\n`)
      while (!connection.received.includes("\r\n\r\n")) await once(connection)
      assert.equal(connection.status, status, `${how}: ${connection.received}`)
      const answer = (): string => connection.received.split("\r\n\r\n")[1] ?? ""
      const length = Number(/^content-length: (\d+)/im.exec(connection.received)?.[1] ?? 0)
      while (answer().length < length) await once(connection)
      assert.match(answer(), body, how)
    }
  })
}

// proves C7: bodies too large or compressed
test("bodies of those whose key is known count in one budget, small ones too, and are given back", async () => {
  await using gateway = await startTestGateway()
  const held = hold(gateway, 256, 1024 * 1024)
  await told503(gateway)
  for (const connection of held) connection[Symbol.dispose]()
  await accepted(gateway)
})

// proves C7: bodies too large or compressed
test("what strangers send fills a budget of its own, and connections of callbacks are then closed, so that WeCom repeats them", async () => {
  await using gateway = await startTestGateway()
  const { status } = await gateway.request("/v1/apps/alerts", {
    method: "PATCH",
    body: { callback_token: "token", encoding_aes_key: "u8jzPde0IgxLd6GncfBAepfJBd0Kh8oOOL8dKLzdocA" },
  })
  assert.equal(status, 200)
  const length = 256 * 1024
  const strangers = Array.from({ length: 40 }, () => {
    const connection = new RawConnection(gateway.port)
    connection.write(`POST /callback/alerts HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`)
    connection.write("x".repeat(length - 1))
    return connection
  })
  // Not answered: WeCom certainly repeats a delivery whose connection broke.
  const refused = await Promise.race(strangers.map(async (one) => one.closed.then(() => one)))
  assert.equal(refused.received, "")
  // A whole callback takes the place of the one that has been unfinished for longest.
  const whole = await gateway.request("/callback/alerts", { key: null, body: "x".repeat(length - 2) })
  assert.equal(whole.status, 403)
  await accepted(gateway)
  for (const connection of strangers) await connection.closed
  const late = strangers.filter(({ status: one }) => one === 408).length
  assert.ok(late >= 30, `${late} of 40 were waited for, and told that they were late`)
  const after = await gateway.request("/callback/alerts", { key: null, body: "x" })
  assert.equal(after.status, 403)
})

test("a gettoken of more than 4 KB is refused, and one of less is read", async () => {
  await using gateway = await startTestGateway()
  const ask = (corpsecret: string) =>
    gateway.request("/cgi-bin/gettoken", { key: null, body: { corpid: "x", corpsecret } })
  assert.equal((await ask("x".repeat(4000))).json.errcode, 40001)
  const { json } = await ask("x".repeat(4096))
  assert.equal(json.errcode, 40206)
  assert.match(json.errmsg, /at most 4096 bytes/)
})

test("an unfinished line of a batch counts as far as it has come, and no further than there is room", async () => {
  await using gateway = await startTestGateway()
  const held = hold(gateway, 255, 1024 * 1024)
  await told503(gateway, 3 * 1024 * 1024)
  using batch = new RawConnection(gateway.port)
  batch.write(
    `POST /v1/messages/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n`,
  )
  const line = JSON.stringify(aMessage())
  const chunk = (text: string): void => batch.write(`${text.length.toString(16)}\r\n${text}\r\n`)
  chunk(`${JSON.stringify(JSON.parse(line)).replaceAll(/[^\x20-\x7e]/g, "x")}\n`)
  while (!batch.received.includes('"status":202')) await once(batch)
  for (let n = 0; n < 40; n++) chunk("x".repeat(60_000))
  while (!batch.received.includes('"status":503')) await once(batch)
  assert.match(batch.received, /"code":"too_busy"/)
  for (const connection of held) connection[Symbol.dispose]()
})

/** Sends heads that announce bodies, but not the bodies. */
function hold(gateway: TestGateway, count: number, bytes: number): RawConnection[] {
  return Array.from({ length: count }, () => {
    const connection = new RawConnection(gateway.port)
    connection.write(
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n{`,
    )
    return connection
  })
}

async function told503(gateway: TestGateway, bytes = 0): Promise<void> {
  const body = JSON.stringify(aMessage({ text: { content: "x".repeat(bytes) } }))
  for (;;) {
    const { status, json, headers } = await gateway.request("/v1/messages", { body })
    if (status !== 503) continue
    assert.deepEqual([json.code, headers.get("retry-after")], ["too_busy", "1"])
    return
  }
}

async function accepted(gateway: TestGateway): Promise<void> {
  while ((await gateway.request("/v1/messages", { body: aMessage() })).status !== 202) continue
}

/** Resolves when more bytes have come. */
async function once({ socket, closed }: RawConnection): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once("data", () => resolve())
  await Promise.race([promise, closed])
}
