import assert from "node:assert/strict"
import dns from "node:dns"
import { test } from "node:test"
import { setTimeout as after } from "node:timers/promises"
import type { TestContext } from "node:test"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { undiciTransport } from "@wecom-push/sdk"
import type { AttemptView } from "../../model/ports/reader.ts"
import { startConnectProxy } from "../../../../sdk/src/testing/connect-proxy.ts"
import { makeTestCertificate } from "../../../../sdk/src/testing/test-certificate.ts"
import { Front } from "../testing/front.ts"
import { FullBacklog } from "../testing/full-backlog.ts"
import { startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchUnderTest } from "../testing/start-dispatch.ts"

// These tests use the real kernel and resolver while WeCom cannot be reached, not a double of them.

const pauseOf = async (gateway: DispatchUnderTest) => (await gateway.stores.apps.get("alerts"))?.pause

const isTried = (gateway: DispatchUnderTest, message: string) => async (): Promise<boolean> =>
  (await gateway.attempts(message)).some(({ result }) => result !== undefined)

/** Waits for an attempt to end. It asks for a token first, again and again while there is time. */
async function triedInVain(gateway: DispatchUnderTest, message: string): Promise<AttemptView | undefined> {
  await gateway.until(async () => {
    if (await isTried(gateway, message)()) return true
    // A real resolver may take a while. The attempt's time must not end before it answers.
    await after(100)
    await gateway.advance(1)
    return false
  })
  return (await gateway.attempts(message))[0]
}

// proves U1: no server listens
test("U1: a closed port delays and nothing else; when it opens the message goes out, once", async () => {
  await using front = await Front.open()
  await using gateway = await startDispatch({ baseUrl: front.url })
  front.targetPort = gateway.simulator.port
  await gateway.outcome(await gateway.post({ users: ["lisi"], text: "before" }))
  await front.shut()
  const id = await gateway.post({ users: ["zhangsan"], text: "while it is shut" })
  await gateway.until(isTried(gateway, id))
  const [first] = await gateway.attempts(id)
  assert.equal(first?.result, "not_sent")
  assert.match(first?.errmsg ?? "", /ECONNREFUSED/)
  assert.deepEqual([await gateway.states(id), await pauseOf(gateway)], [["pending"], undefined])
  await front.open()
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(await gateway.phone("zhangsan"), ["while it is shut"])
  assert.deepEqual(
    (await gateway.calls()).map(({ suppressed }) => suppressed.length),
    [0, 0],
  )
})

// proves U2: no such name
test("U2: a name that does not exist delays and nothing else, and the reason is reported", async () => {
  await using gateway = await startDispatch({ baseUrl: "http://wecom.invalid" })
  const id = await gateway.post({ users: ["zhangsan"] })
  const first = await triedInVain(gateway, id)
  assert.equal(first?.result, "not_sent")
  assert.match(first?.errmsg ?? "", /the name could not be resolved \(wecom\.invalid, /)
  assert.deepEqual([await gateway.states(id), await pauseOf(gateway)], [["pending"], undefined])
  await gateway.crash({ baseUrl: gateway.simulator.url })
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
})

for (const code of ["EAI_AGAIN", "ENOTFOUND"]) {
  // proves U2: no such name
  test(`U2: a resolver that says ${code} delays and nothing else, and the message goes out when it knows again`, async (t) => {
    let isBroken = false
    const real = dns.lookup
    // The name has to resolve before and after, so only the resolver is replaced by a double.
    const played = (name: string, options: object, done: (error: Error | null, ...found: unknown[]) => void): void => {
      if (name === "wecom.test" && isBroken) done(Object.assign(new Error(`getaddrinfo ${code}`), { code }))
      else Reflect.apply(real, dns, [name === "wecom.test" ? "127.0.0.1" : name, options, done])
    }
    t.mock.method(dns, "lookup", played as typeof dns.lookup)
    await using front = await Front.open()
    await using gateway = await startDispatch({ baseUrl: `http://wecom.test:${front.port}` })
    front.targetPort = gateway.simulator.port
    await gateway.outcome(await gateway.post({ users: ["lisi"], text: "before" }))
    isBroken = true
    front.dropConnections()
    const id = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(isTried(gateway, id))
    const [first] = await gateway.attempts(id)
    assert.deepEqual([first?.result, await pauseOf(gateway)], ["not_sent", undefined])
    assert.match(first?.errmsg ?? "", new RegExp(`name could not be resolved.*${code}`))
    isBroken = false
    await gateway.advance(2)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal((await gateway.phone("zhangsan")).length, 1)
  })
}

const GOOD = await makeTestCertificate()
const OF_ANOTHER_HOST = await makeTestCertificate({ names: ["wecom.example"], addresses: [] })
const EXPIRED = await makeTestCertificate({ hasExpired: true })

for (const { what, certificate, isTrusted, said } of [
  { what: "a self-signed certificate", certificate: GOOD, isTrusted: false, said: /SELF_SIGNED/ },
  { what: "a certificate of another host", certificate: OF_ANOTHER_HOST, isTrusted: true, said: /ALTNAME_INVALID/ },
  { what: "a certificate that has expired", certificate: EXPIRED, isTrusted: true, said: /CERT_HAS_EXPIRED/ },
  { what: "plain HTTP on the port", certificate: undefined, isTrusted: true, said: /EPROTO|ERR_SSL/ },
]) {
  // proves row 40: where WeCom is, and TLS
  // proves U3: certificates
  test(`U3, row 40: ${what} pauses the app with the reason, sends nothing, and cannot be waved through`, async (t) => {
    t.mock.method(process, "emitWarning", () => undefined)
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
    t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"])
    if (isTrusted && certificate !== undefined) trust(t, certificate.cert)
    await using front = await Front.open(certificate)
    await using gateway = await startDispatch({ baseUrl: `https://127.0.0.1:${front.port}` })
    front.targetPort = gateway.simulator.port
    const id = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await pauseOf(gateway)) !== undefined, "a pause")
    assert.match((await pauseOf(gateway))?.errmsg ?? "", said)
    assert.deepEqual([await gateway.states(id), (await gateway.calls("gettoken")).length], [["pending"], 0])
    // Plain HTTP receives nothing but the greeting of TLS; a TLS server receives nothing.
    assert.ok(front.receivedBytes < 2000, `${front.receivedBytes} bytes`)
    if (certificate !== undefined) assert.equal(front.receivedBytes, 0)

    trust(t, GOOD.cert)
    await front.shut()
    await front.open(GOOD)
    await gateway.advance(61)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal(await pauseOf(gateway), undefined)
  })
}

// proves U4: a connection never completed
test("U4: a connection that is never completed ends with the time for connecting, and delays and nothing else", async (t) => {
  await using hole = await FullBacklog.open()
  const way = undiciTransport({ connectTimeoutMs: 300 })
  t.after(() => way.close())
  await using gateway = await startDispatch({ baseUrl: `http://127.0.0.1:${hole.port}`, transport: () => way })
  const id = await gateway.post({ users: ["zhangsan"] })
  const first = await triedInVain(gateway, id)
  assert.equal(first?.result, "not_sent")
  assert.match(first?.errmsg ?? "", /did not answer in time/)
  assert.deepEqual([await gateway.states(id), await pauseOf(gateway)], [["pending"], undefined])
  hole.leadTo(gateway.simulator.port)
  await gateway.advance(2)
  assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.phone("zhangsan")).length, 1)
})

for (const status of ["407 Proxy Authentication Required", "403 Forbidden"]) {
  // proves U16: a proxy that refuses
  test(`U16: a proxy that answers ${status} pauses the app, is named, and fails nothing`, async (t) => {
    trust(t, GOOD.cert)
    await using front = await Front.open(GOOD)
    await using proxy = await startConnectProxy(front.port, status)
    const way = undiciTransport({ proxy: { httpsProxy: `http://user:pass-canary@127.0.0.1:${proxy.port}` } })
    t.after(() => way.close())
    await using gateway = await startDispatch({ baseUrl: "https://wecom.example", transport: () => way })
    front.targetPort = gateway.simulator.port
    const id = await gateway.post({ users: ["zhangsan"] })
    await gateway.until(async () => (await pauseOf(gateway)) !== undefined, "a pause")
    const told = (await pauseOf(gateway))?.errmsg ?? ""
    assert.match(told, new RegExp(`proxy.*127\\.0\\.0\\.1:${proxy.port}.*HTTP ${status.slice(0, 3)}`))
    assert.doesNotMatch(told, /canary/)
    assert.deepEqual([await gateway.states(id), front.receivedBytes], [["pending"], 0])
    proxy.refuseWith = undefined
    await gateway.advance(61)
    assert.deepEqual(await gateway.outcome(id), ["sent"])
    assert.equal(await pauseOf(gateway), undefined)
  })
}

for (const isReset of [false, true]) {
  const how = isReset ? "reset" : "closed"
  // proves U14: connections closed while idle
  test(`U14: connections that were ${how} while idle cost no one a second copy, and the message no more than a repeat`, async () => {
    await using front = await Front.open()
    await using gateway = await startDispatch({ baseUrl: front.url })
    front.targetPort = gateway.simulator.port
    for (const text of ["1", "2", "3"]) {
      const id = await gateway.post({ users: ["zhangsan"], text })
      await gateway.until(isTried(gateway, id))
      await gateway.advance(2)
      assert.deepEqual(await gateway.outcome(id), ["sent"])
      assert.ok((await gateway.attempts(id)).length <= 2)
      front.dropConnections({ isReset })
    }
    assert.deepEqual(await gateway.phone("zhangsan"), ["1", "2", "3"])
  })
}

const TRUSTED = getCACertificates()

/** Trusts a certificate, beside those that the test has trusted so far, until the test ends. */
function trust(t: TestContext, certificate: string): void {
  setDefaultCACertificates([...getCACertificates(), certificate])
  t.after(() => setDefaultCACertificates(TRUSTED))
}
