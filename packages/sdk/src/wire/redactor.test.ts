import assert from "node:assert/strict"
import { test } from "node:test"
import { anyText, fc } from "../../../../tools/testing/fast-check.ts"
import { Redactor } from "./redactor.ts"

test("secret and tokens disappear in every form they travel in", () => {
  const secret = 's3cr+t/=&? 密"'
  const token = "tok+en/%41=="
  const redactor = new Redactor(secret)
  redactor.remember(token)
  for (const text of [secret, token]) {
    const percent = encodeURIComponent(text)
    for (const form of [
      text,
      percent,
      percent.toLowerCase(),
      percent.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      new URLSearchParams({ text }).toString().slice(5),
      JSON.stringify(text),
      encodeURIComponent(percent),
    ]) {
      const scrubbed = redactor.scrub(`before ${form} after`)
      assert.match(scrubbed, /^before "?\*\*\*"? after$/, form)
    }
  }
})

test("a token we never saw is removed where its name is before it", () => {
  const redactor = new Redactor("s")
  for (const text of [
    "GET /x?access_token=canary&a=1",
    "corpsecret=canary",
    "access_token%3Dcanary",
    '{"access_token": "canary"}',
  ]) {
    assert.doesNotMatch(redactor.scrub(text), /canary/, text)
  }
})

test("a secret of a few letters leaves ordinary words as they are", () => {
  for (const secret of ["", "s", "abc"]) {
    const redactor = new Redactor(secret)
    redactor.remember("e")
    const text = "invalid credential, abc, from ip: 10.0.0.1"
    assert.equal(redactor.scrub(text), text)
    assert.equal(redactor.scrub(`gettoken?corpsecret=${secret}x`), "gettoken?corpsecret=***")
  }
})

test("whatever the secret, nothing of it is left in a URL", () => {
  fc.assert(
    fc.property(anyText({ minLength: 4 }), (secret) => {
      const url = new URL("https://qyapi.weixin.qq.com/cgi-bin/gettoken")
      url.search = new URLSearchParams({ corpid: "ww1", other: secret }).toString()
      const form = new URLSearchParams({ other: secret }).toString().slice("other=".length)
      const scrubbed = new Redactor(secret).scrub(url.href)
      return !scrubbed.includes(`other=${form}`) && scrubbed.endsWith("other=***")
    }),
  )
})
