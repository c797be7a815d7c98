import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { makeTestCertificate } from "../../../sdk/src/testing/test-certificate.ts"
import { answerNothing, callbackApp, setUrl, type CallbackApp } from "../testing/callback-app.ts"
import { CORP_ID, simClient, type SimClient } from "../testing/sim-client.ts"

const echo: CallbackApp["answer"] = ({ message }, response) => void response.end(message)

interface Verification {
  readonly agentid: number
  readonly url: string
  readonly ok: boolean
  readonly status: number | null
  readonly error: string | null
}

async function verifications(sim: SimClient): Promise<Verification[]> {
  const response = await sim.control("GET", "callbacks")
  return ((await response.json()) as { verifications: Verification[] }).verifications
}

test("8.2, 8.3: a new URL is asked to decrypt a text and send it back", async () => {
  await using sim = await simClient()
  await using app = await callbackApp()
  app.answer = echo
  await setUrl(sim, app.url)
  const [received] = app.received
  assert.deepEqual([received?.method, received?.isSigned, received?.receiveId], ["GET", true, CORP_ID])
  const [{ at: _, ...verification } = assert.fail()] = (await verifications(sim)) as (Verification & { at: string })[]
  assert.deepEqual(verification, { agentid: 1000002, url: app.url, ok: true, status: 200, error: null })
})

test("8.1: a URL that was there before is not asked again; one with another token is", async () => {
  await using sim = await simClient()
  await using app = await callbackApp()
  app.answer = echo
  await setUrl(sim, app.url)
  await sim.org((org) => void org.member_cap++)
  assert.equal(app.received.length, 1)
  await sim.org(({ apps: [alerts] }) => void Object.assign(alerts?.["callback"] ?? {}, { token: "another" }))
  assert.equal(app.received.length, 2)
})

test("8.3: a URL that fails is taken all the same, and the failure is there to be read", async () => {
  await using sim = await simClient()
  await using app = await callbackApp()
  for (const [answer, status, error] of [
    [answerNothing, 200, "wrong_echo"],
    [(_, response) => void response.writeHead(404).end(), 404, null],
    [({ message }, response) => void response.end(`"${message}"`), 200, "wrong_echo"],
    [({ message }, response) => void response.end(`${message}\n`), 200, "wrong_echo"],
    [(_, response) => void response.destroy(), null, "ECONNRESET"],
  ] as const satisfies readonly (readonly [CallbackApp["answer"], number | null, string | null])[]) {
    app.answer = answer
    await setUrl(sim, "")
    await setUrl(sim, app.url)
    const last = (await verifications(sim)).at(-1)
    assert.deepEqual([last?.ok, last?.status, last?.error], [false, status, error])
  }
})

test("8.1: where that is set, an organisation with a URL that fails is refused, and the one before stays", async () => {
  await using sim = await simClient({ settings: { callback_verification: "refuse" } })
  await using app = await callbackApp()
  await assert.rejects(
    setUrl(sim, app.url),
    /apps\[0].*callback\.url did not send the decrypted echostr back.*wrong_echo/,
  )
  assert.equal(sim.sim.org.apps[0]?.callback.url, "")
  app.answer = echo
  await setUrl(sim, app.url)
  assert.equal(sim.sim.org.apps[0]?.callback.url, app.url)
})

test("8.3: an app has one second, by the simulator's clock", async () => {
  await using sim = await simClient({ settings: { callback_verification: "refuse" } })
  await using app = await callbackApp()
  app.answer = () => {}
  const put = setUrl(sim, app.url)
  const failure = assert.rejects(put, /timeout/)
  await app.hasReceived(1)
  await sim.advance(1)
  await failure
})

test("8.1: a URL without token and key cannot be asked", async () => {
  await using sim = await simClient({ settings: { callback_verification: "refuse" } })
  const put = sim.org(({ apps: [alerts] }) => void (alerts && (alerts["callback"] = { url: "http://127.0.0.1:1/" })))
  await assert.rejects(put, /no_token_or_key/)
})

test("nothing is asked where that is switched off", async () => {
  await using sim = await simClient({ settings: { callback_verification: "off" } })
  await using app = await callbackApp()
  await setUrl(sim, app.url)
  assert.deepEqual([app.received.length, await verifications(sim)], [0, []])
})

test("what is no address of the web is no callback URL", async () => {
  await using sim = await simClient()
  for (const url of ["app.example", "ftp://app.example", "javascript:alert(1)", "http://"]) {
    await assert.rejects(setUrl(sim, url), /apps\[0]\.callback\.url must be an http or https address/, url)
  }
})

// proves 28.D7: TLS to others
test("D7: an app whose certificate is not trusted is not called, whatever the environment says", async (t) => {
  t.mock.method(process, "emitWarning", () => undefined)
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
  t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"])
  await using sim = await simClient()
  let calls = 0
  const server = createServer(await makeTestCertificate(), (_, response) => {
    calls++
    response.end()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  t.after(() => server.close())
  await setUrl(sim, `https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  assert.deepEqual(
    (await verifications(sim)).map(({ ok, status, error }) => [ok, status, error]),
    [[false, null, "DEPTH_ZERO_SELF_SIGNED_CERT"]],
  )
  assert.equal(calls, 0)
})
