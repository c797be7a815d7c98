import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, startCompat } from "../compat/testing/compat-under-test.ts"
import { RawConnection } from "../http/testing/raw-connection.ts"
import { aMessage, ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n"
const BEARER = `Authorization: Bearer ${ADMIN_KEY}\r\n`
const GIB = 1024 * 1024 * 1024

/** A request that waits with its body until it gets 100. */
function asking(port: number, line: string, head: string, length: number): RawConnection {
  const connection = new RawConnection(port)
  connection.write(
    `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n${head}Content-Length: ${length}\r\n\r\n`,
  )
  return connection
}

async function told(connection: RawConnection): Promise<string> {
  while (!connection.received.includes("\r\n\r\n")) await new Promise(setImmediate)
  return connection.received
}

// proves 11.B16: left of issue 10
test("a caller that may not send is refused and never gets 100 Continue: a stranger, a body too long, a path there is none of", async () => {
  await using gateway = await startTestGateway()
  for (const [line, head, length, status] of [
    ["POST /v1/messages", "", 10, 401],
    ["POST /v1/messages", "", GIB, 401],
    ["POST /v1/messages", BEARER, GIB, 413],
    ["POST /nowhere", BEARER, 10, 404],
    ["PUT /v1/messages", BEARER, 10, 405],
    ["POST /callback/unknown", "", 10, 404],
    ["POST /cgi-bin/message/send?access_token=x", "", 10, 200],
  ] as const) {
    using connection = asking(gateway.port, line, head, length)
    const answer = await told(connection)
    assert.equal(connection.status, status, `${line}: ${answer}`)
    assert.match(answer, /^connection: close\r$/im)
  }
})

// proves 11.B16: left of issue 10
test("a caller that may send gets 100 Continue, and is answered once the body is there", async () => {
  await using gateway = await startTestGateway()
  const body = JSON.stringify(aMessage())
  using connection = asking(gateway.port, "POST /v1/messages", BEARER, Buffer.byteLength(body))
  assert.equal(await told(connection), CONTINUE)
  connection.write(body)
  while (!connection.received.includes('"id"')) await new Promise(setImmediate)
  assert.match(connection.received.slice(CONTINUE.length), /^HTTP\/1\.1 202 /)
})

// proves 11.B16: left of issue 10
test("on the paths of qyapi a token decides; a caller that only the body identifies may send it", async () => {
  await using compat = await startCompat()
  const { port } = compat.gateway
  const text = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "a" } }
  for (const [path, body] of [
    [`message/send?access_token=${await compat.token()}`, JSON.stringify(text)],
    ["gettoken", JSON.stringify({ corpid: "ww0000000000000001", corpsecret: ADMIN_KEY })],
  ] as const) {
    using connection = asking(port, `POST /cgi-bin/${path}`, "", Buffer.byteLength(body))
    assert.equal(await told(connection), CONTINUE)
    connection.write(body)
    while (!connection.received.includes('"errcode"')) await new Promise(setImmediate)
    assert.match(connection.received, /"errcode":0/)
  }
})
