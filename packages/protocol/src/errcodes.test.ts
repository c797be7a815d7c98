import assert from "node:assert/strict"
import { test } from "node:test"
import { classifyErrcode, describeErrcode, errcodeEntries, lookUpErrcode } from "./errcodes.ts"
import type { ErrcodeClass, ErrcodeRetry } from "./errcode-entry.ts"

const RETRIES: Record<ErrcodeClass, readonly ErrcodeRetry[]> = {
  token: ["after_refresh"],
  transient: ["backoff"],
  throttled: ["after_window"],
  recipient: ["without_recipient"],
  configuration: ["after_repair"],
  request: ["never"],
}

for (const entry of errcodeEntries()) {
  test(`${entry.errcode} (${entry.name}) says in both languages what it means and what to do`, () => {
    assert.match(entry.name, /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/)
    for (const { en, zh } of [entry.meaning, entry.todo]) {
      assert.match(en, /^[A-Z*a-z].{10,}[.)]$/s)
      assert.match(zh, /\p{Script=Han}.*[。）]$/su)
      // English may name a page of the admin console as it is labelled; Chinese has no half-width sentence signs.
      assert.doesNotMatch(zh, /\p{Script=Han}[,;:?!]/u)
      assert.doesNotMatch(`${en}${zh}`, / {2}|undefined|\s$/)
    }
    assert.notEqual(entry.meaning.zh, entry.todo.zh)
  })

  test(`${entry.errcode} (${entry.name}) is retried as its class is`, () => {
    assert.ok(RETRIES[entry.class].includes(entry.retry))
  })
}

test("every code and every name is in the catalogue once", () => {
  const entries = errcodeEntries()
  assert.ok(entries.length > 150)
  assert.equal(new Set(entries.map(({ name }) => name)).size, entries.length)
  assert.equal(new Set(entries.map(({ errcode }) => errcode)).size, entries.length)
  for (const entry of entries) assert.equal(lookUpErrcode(entry.errcode), entry)
})

test("the classes of the codes that decide how a client continues", () => {
  const classes: Record<ErrcodeClass, readonly number[]> = {
    token: [40014, 42001],
    transient: [-1, 6000, 45033, 45035, 45036, 81026],
    throttled: [45009],
    recipient: [40003, 46004, 60003, 60021, 60111, 81013],
    configuration: [40001, 40013, 40056, 43012, 48002, 50003, 60011, 60020, 301002],
    request: [40008, 40032, 40058, 42014, 44004, 45002, 82001, 90208],
  }
  for (const [name, errcodes] of Object.entries(classes)) {
    for (const errcode of errcodes) assert.equal(describeErrcode(errcode).class, name, String(errcode))
  }
})

test("60020 says where to add the address and that another way is a fixed one", () => {
  const { todo } = describeErrcode(60020)
  for (const text of [todo.en, todo.zh]) assert.match(text, /企业可信IP/)
  assert.match(todo.zh, /一分钟/)
})

test("40001 means the secret when gettoken says it, and perhaps only the token when another call does", () => {
  assert.equal(classifyErrcode(40001, "gettoken").class, "configuration")
  const inSend = classifyErrcode(40001, "message/send")
  assert.deepEqual([inSend.class, inSend.retry], ["token", "after_refresh"])
  assert.equal(classifyErrcode(60020, "message/send"), describeErrcode(60020))
})

test("a code of another product is described by its subject", () => {
  assert.match(describeErrcode(640_050).meaning.en, /micro-disk/)
  assert.match(describeErrcode(640_050).meaning.zh, /微盘/)
  assert.match(describeErrcode(301_025).meaning.zh, /审批/)
  assert.match(describeErrcode(41_070).meaning.en, /sensitive-word/)
  assert.match(describeErrcode(60_125).meaning.en, /contacts/)
})

test("an unknown code is a fault of the request and points to WeCom's query tool", () => {
  const entry = describeErrcode(99_999)
  assert.deepEqual([entry.errcode, entry.class, entry.retry], [99_999, "request", "never"])
  assert.match(entry.todo.en, /devtool\/query\?e=99999/)
  assert.match(entry.todo.zh, /devtool\/query\?e=99999/)
  assert.equal(lookUpErrcode(99_999), undefined)
})

test("0 is explained as acceptance that may have skipped some", () => {
  assert.equal(lookUpErrcode(0), undefined)
  assert.equal(describeErrcode(0).name, "ok")
})
