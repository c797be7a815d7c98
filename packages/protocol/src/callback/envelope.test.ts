import assert from "node:assert/strict"
import { test } from "node:test"
import { CallbackCipher } from "./cipher.ts"
import { readEncrypted, sealReply } from "./envelope.ts"
import { isCallbackSignature } from "./signature.ts"
import { VECTOR, VECTOR_B } from "./testing/vectors.ts"
import { readXml, xmlText } from "./xml.ts"

const { token, encodingAesKey, receiveId } = VECTOR
const cipher = new CallbackCipher(encodingAesKey, receiveId)

test("the encrypted text of a delivery is found in its body", async () => {
  const body =
    `<xml><ToUserName><![CDATA[${receiveId}]]></ToUserName><AgentID><![CDATA[1000007]]></AgentID>` +
    `<Encrypt><![CDATA[${VECTOR_B.encrypted}]]></Encrypt></xml>`
  assert.equal(await readEncrypted(body), VECTOR_B.encrypted)
})

test("a body without it, or that is no XML, has none", async () => {
  for (const body of [
    "",
    "success",
    "<xml></xml>",
    "<xml><Encrypt></Encrypt></xml>",
    "<xml><Encrypt><A>1</A></Encrypt></xml>",
  ]) {
    assert.equal(await readEncrypted(body), undefined, body)
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
