import assert from "node:assert/strict"
import { test } from "node:test"
import { headerText, ownErrmsg, relayedErrmsg, withJsonWarning } from "./errmsg.ts"

test("a refusal of the gateway's own has WeCom's form: text, what to correct, and the link to the code", () => {
  assert.equal(
    ownErrmsg(301002, "the key holds no app with this agentid"),
    "agentid of another app: the key holds no app with this agentid, more info at https://open.work.weixin.qq.com/devtool/query?e=301002",
  )
})

test("what WeCom said is reported with hint and address, which an operator needs", () => {
  const errmsg =
    "not allow to access from your ip, hint: [1795571240054572334], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e=60020"
  assert.equal(relayedErrmsg(60020, errmsg), errmsg)
})

test("anything else in an answer is not reported: no hint that is none, no key, no token, no page of text", () => {
  const told = relayedErrmsg(
    40001,
    `bad wp_${"a".repeat(43)} access_token=abc&corpsecret=def ${"x".repeat(1000)}, hint: [<script>], more info at http://evil.example`,
  )
  assert.doesNotMatch(told, /wp_a|abc|def|script|evil/)
  assert.ok(told.length < 300)
})

test("the JSON warning comes behind ok and before a refusal, as WeCom puts it", () => {
  assert.equal(withJsonWarning(0, "ok"), "ok. Warning: wrong json format.")
  assert.equal(withJsonWarning(41011, "missing"), "Warning: wrong json format. missing")
})

test("a header gets one line of ASCII", () => {
  assert.equal(headerText("参数 x\r\nset-cookie: a"), "?? x??set-cookie: a")
})
