import assert from "node:assert/strict"
import { test } from "node:test"
import { CallbackCipher } from "./cipher.ts"
import { findEncrypted, isEnvelopeOf, sealReply } from "./envelope.ts"
import { isCallbackSignature } from "./signature.ts"
import { VECTOR, VECTOR_A, VECTOR_B } from "./testing/vectors.ts"
import { readXml, xmlText } from "./xml.ts"

const { token, encodingAesKey, receiveId } = VECTOR
const cipher = new CallbackCipher(encodingAesKey, receiveId)

const { encrypted } = VECTOR_B
const envelopeOf = (content: string): string =>
  `<xml><ToUserName><![CDATA[${receiveId}]]></ToUserName><AgentID><![CDATA[1000007]]></AgentID><Encrypt>${content}</Encrypt></xml>`

test("the encrypted text of a delivery is found in its body, and the body is its envelope", async () => {
  for (const content of [`<![CDATA[${encrypted}]]>`, encrypted, `\n  <![CDATA[${encrypted}]]>\n`, ` ${encrypted}\n`]) {
    const body = envelopeOf(content)
    assert.equal(findEncrypted(body), encrypted)
    assert.equal(await isEnvelopeOf(body, encrypted), true)
  }
})

test("a body that is no XML, or has another text where a reader of XML finds it, is no envelope", async () => {
  const other = VECTOR_A.encrypted
  for (const body of [
    `<xml><Encrypt>${encrypted}</Encrypt>`,
    `<xml><!-- <Encrypt>${encrypted}</Encrypt> --><Encrypt >${other}</Encrypt></xml>`,
    `<xml><A><Encrypt>${encrypted}</Encrypt></A></xml>`,
    `<xml><![CDATA[<Encrypt>${encrypted}</Encrypt>]]></xml>`,
  ]) {
    assert.equal(findEncrypted(body), encrypted, body)
    assert.equal(await isEnvelopeOf(body, encrypted), false, body)
  }
})

/** The CPU time for a body of so many of these units. */
function millisecondsFor(unit: string, count: number): number {
  const body = `<Encrypt>${unit.repeat(count)}</Encrypt>`
  const start = process.cpuUsage()
  findEncrypted(body)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

test("it is found in time that grows with the body, whatever is in it", () => {
  const hostile = ["<Encrypt>", "</Encrypt>", "<Encrypt><![CDATA[", "]]>", "A", "=", " ", "<", "<xml>"]
  for (const unit of hostile) {
    const [short, long] = [millisecondsFor(unit, 25_000), millisecondsFor(unit, 200_000)]
    assert.ok(long < 20 + short * 40, `${unit}: ${short} ms and ${long} ms`)
  }
})

test("a body without it, or with two, has none", () => {
  for (const body of [
    "",
    "success",
    "<xml></xml>",
    "<xml><Encrypt></Encrypt></xml>",
    "<xml><Encrypt><A>1</A></Encrypt></xml>",
    "<xml></Encrypt><Encrypt>",
    `<xml><Encrypt>${encrypted}</Encrypt><Encrypt>${encrypted}</Encrypt></xml>`,
  ]) {
    assert.equal(findEncrypted(body), undefined, body)
  }
})

test("a reply is sealed so that its receiver can check and read it", async () => {
  const body = await sealReply("<xml/>", { token, cipher, timestamp: 1735689601, nonce: "1234567890" })
  const envelope = (await readXml(body)) ?? {}
  assert.deepEqual(Object.keys(envelope), ["Encrypt", "MsgSignature", "TimeStamp", "Nonce"])
  const encrypted = xmlText(envelope, "Encrypt")
  const parts = { token, timestamp: "1735689601", nonce: "1234567890", encrypted }
  assert.equal(isCallbackSignature(xmlText(envelope, "MsgSignature"), parts), true)
  assert.deepEqual(cipher.decrypt(encrypted), { kind: "message", message: "<xml/>" })
})
