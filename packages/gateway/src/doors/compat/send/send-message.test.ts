import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { changed } from "../testing/changed.ts"
import { ALERTS, CORP_ID, HR, ROOT, startCompat } from "../testing/compat-under-test.ts"
import type { CompatUnderTest } from "../testing/compat-under-test.ts"
import { holdSends } from "../testing/hold-sends.ts"
import { whileTheClockRuns } from "../testing/while-the-clock-runs.ts"

/** Bodies that were sent to WeCom. */
async function sentBodies({ sim }: CompatUnderTest): Promise<readonly Record<string, unknown>[]> {
  const sends = (await sim.calls()).filter(({ path }) => path === "/cgi-bin/message/send")
  return sends.map(({ body }) => body as Record<string, unknown>)
}

// proves 3.7: the paths of qyapi
test("a message is answered with its result, as WeCom answers, and is on the phone", async () => {
  await using compat = await startCompat()

  const answer = await compat.send({ touser: "ZhangSan|Ghost|unlicensed", toparty: "2|404", totag: "77" })

  assert.deepEqual(answer, {
    errcode: 0,
    errmsg: "ok",
    invaliduser: "ghost",
    unlicenseduser: "unlicensed",
    invalidparty: "404",
    invalidtag: "77",
    msgid: answer["msgid"],
  })
  assert.match(String(answer["msgid"]), /^msg_[\da-f-]{36}$/)
  assert.deepEqual((await compat.sim.copies("zhangsan")).length, 1)
  assert.deepEqual((await compat.sim.copies("lisi"))[0]?.payload, { content: "你好" })
})

test("a full success has no lists, as with WeCom", async () => {
  await using compat = await startCompat()
  assert.deepEqual(Object.keys(await compat.send()), ["errcode", "errmsg", "msgid"])
})

test("where no recipient is left it answers 81013 with the lists and without a msgid", async () => {
  await using compat = await startCompat()
  const { errmsg, ...answer } = await compat.send({ touser: "Ghost|unlicensed" })
  assert.deepEqual(answer, { errcode: 81013, invaliduser: "ghost", unlicenseduser: "unlicensed" })
  assert.match(errmsg, /all invalid, hint: \[\d+\], from ip: 127\.0\.0\.1, more info at https:\S+e=81013$/)
})

test("the msgid is the gateway's: /v1 knows the message by it", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ scopes: ["send", "read"] })
  const { msgid } = await compat.send({}, key)
  const message = await compat.gateway.request(`/v1/messages/${String(msgid)}`, { key })
  assert.equal(message.json.state, "sent")
  assert.equal(message.json.app, "alerts")
})

test("it waits 3 s for the outcome; past that the answer is 0 with the msgid", async () => {
  const waits: number[] = []
  const { wrapTransport, letGo } = holdSends()
  const finished = async (_id: string, waitMs: number): Promise<boolean> => {
    waits.push(waitMs)
    return false
  }
  await using compat = await startCompat({
    wrap: (dispatcher) => changed(dispatcher, { finished }),
    wrapTransport,
  })

  const answer = await compat.send({ touser: "Ghost" })
  letGo()

  assert.deepEqual(waits, [3000])
  assert.deepEqual(answer, { errcode: 0, errmsg: "ok", msgid: answer["msgid"] })
})

test("an agentid names one of the key's apps: a key of several sends from each", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ apps: ["alerts", "hr"] })

  await compat.send({ touser: "lisi", agentid: HR.agentid }, key)
  await compat.send({ touser: "lisi", agentid: ALERTS.agentid }, key)

  assert.deepEqual(
    (await compat.sim.copies("lisi")).map(({ agentid }) => agentid),
    [HR.agentid, ALERTS.agentid],
  )
})

const long = "长".repeat(1000)

for (const { rule, message, key, errcode } of [
  { rule: "an agentid of an app the key does not hold", message: { agentid: HR.agentid }, errcode: 301002 },
  { rule: "an agentid that only another corp's app has", message: { agentid: ROOT.agentid }, errcode: 301002 },
  { rule: "no agentid", message: { agentid: undefined }, errcode: 41011 },
  { rule: "an agentid of an empty template", message: { agentid: "" }, errcode: 41011 },
  { rule: "an agentid that is no number", message: { agentid: "alerts" }, errcode: 40056 },
  { rule: "a negative agentid", message: { agentid: -1 }, errcode: 301002 },
  { rule: "no msgtype", message: { msgtype: undefined }, errcode: 40008 },
  { rule: "an unknown msgtype", message: { msgtype: "constructor" }, errcode: 40008 },
  { rule: "no recipient", message: { touser: "" }, errcode: 82001 },
  { rule: "only bars and blanks", message: { touser: " | |", toparty: "", totag: "|" }, errcode: 82001 },
  { rule: "1001 users", message: { touser: list(1001, "u") }, errcode: 40032 },
  { rule: "101 departments", message: { toparty: list(101) }, errcode: 82002 },
  { rule: "101 tags", message: { totag: list(101) }, errcode: 82003 },
  { rule: "@all without scope send_all", message: { touser: "@all" }, errcode: 60011 },
  { rule: "@ALL without scope send_all", message: { touser: " @ALL |" }, errcode: 60011 },
  { rule: "an empty text", message: { text: { content: "" } }, errcode: 44004 },
  { rule: "no payload", message: { text: undefined }, errcode: 44004 },
  { rule: "a payload that is none", message: { text: "你好" }, errcode: 44004 },
  { rule: "a textcard without url", message: textcard({ url: undefined }), errcode: 41010 },
  { rule: "an image without media_id", message: { msgtype: "image", image: {} }, errcode: 41006 },
  { rule: "safe 2 for a text", message: { safe: 2 }, errcode: 40058 },
  { rule: "a card of no type", message: { msgtype: "template_card", template_card: {} }, errcode: 42031 },
  {
    rule: "a mini-program notice to everybody",
    message: { touser: "@all", msgtype: "miniprogram_notice", miniprogram_notice: { appid: "wx1", title: "会议通知" } },
    key: { scopes: ["send", "send_all"] },
    errcode: 40058,
  },
  {
    rule: "a text too long where the key says reject",
    message: { text: { content: long } },
    key: { overflow: "reject" },
    errcode: 45002,
  },
  {
    rule: "more users than the key may reach",
    message: { touser: "zhangsan|lisi" },
    key: { audience_cap: 1 },
    errcode: 40032,
  },
  {
    rule: "a department where the key has a cap",
    message: { toparty: "2" },
    key: { audience_cap: 10 },
    errcode: 60011,
  },
  { rule: "a key that may only read", message: {}, key: { scopes: ["read"] }, errcode: 48002 },
]) {
  test(`${rule} is refused with ${errcode}, and nothing is accepted`, async () => {
    await using compat = await startCompat()
    const issued = await compat.key(key)

    const answer = await compat.send(message, issued.key)

    assert.equal(answer.errcode, errcode, answer.errmsg)
    assert.match(answer.errmsg, new RegExp(`, more info at \\S+e=${errcode}$`))
    const stored = await compat.gateway.request("/v1/messages")
    assert.deepEqual(stored.json.items, [])
    assert.deepEqual(await compat.sim.calls(), [])
  })
}

test("limits themselves go: 1000 users, 100 departments, 100 tags, in one call", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({ touser: list(1000, "u"), toparty: list(100), totag: list(100) })
  assert.equal(answer.errcode, 0, answer.errmsg)
  const sent = (await compat.sim.calls()).filter(({ path }) => path === "/cgi-bin/message/send")
  assert.equal(sent.length, 1)
})

test("@all with scope send_all reaches everybody whom the app sees; the other lists do not count", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ scopes: ["send", "send_all"] })
  const answer = await compat.send({ touser: "@All", toparty: "404", totag: "404" }, key)
  assert.deepEqual(Object.keys(answer), ["errcode", "errmsg", "msgid"])
  assert.equal((await compat.sim.copies("007")).length, 1)
})

test("@all among userids is an unknown userid, and goes to no one", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({ touser: "zhangsan|@all", toparty: "@All" })
  assert.equal(answer.errcode, 0)
  assert.deepEqual([answer["invaliduser"], answer["invalidparty"]], ["@all", "@all"])
  assert.equal((await compat.sim.copies()).length, 1)
  const [sent, ...others] = await sentBodies(compat)
  assert.deepEqual([sent?.["touser"], sent?.["toparty"], others], ["zhangsan", undefined, []])
})

// proves 11.B21: userids that cannot be one
test("a retry leaves an @all among userids as it is: it does not go out by itself", async () => {
  await using compat = await startCompat()
  const { msgid } = await compat.send({ touser: "zhangsan|@all|ghost" })
  const path = `/v1/messages/${String(msgid)}`
  const answer = await compat.gateway.request(`${path}/retry`, { body: { states: ["invalid"] } })
  assert.deepEqual([answer.status, answer.json.retried], [200, 1])
  const counts = async () => (await compat.gateway.request(path)).json.recipients
  while ((await counts()).pending > 0) await sleep(5)
  assert.equal((await counts()).invalid, 2)
  assert.deepEqual(
    (await sentBodies(compat)).map(({ touser }) => touser),
    ["zhangsan|ghost", "ghost"],
  )
})

// proves 11.B21: userids that cannot be one
test("what can be no userid, department or tag is passed on, and WeCom's own answer names it", async () => {
  await using compat = await startCompat()
  const odd = ["张三", "a b", "x".repeat(65), "A,B"]
  const answer = await compat.send({ touser: `zhangsan|${odd.join("|")}`, toparty: "研发部|Zhangsan|0", totag: "X" })
  assert.equal(answer.errcode, 0)
  const lists = ["invaliduser", "invalidparty", "invalidtag"].map((name) => String(answer[name]).split("|"))
  assert.deepEqual(lists, [["张三", "a b", "x".repeat(65), "a,b"], ["研发部", "zhangsan", "0"], ["x"]])
  const [sent] = await sentBodies(compat)
  assert.equal(sent?.["touser"], `zhangsan|${odd.join("|")}`)
  assert.deepEqual([sent["toparty"], sent["totag"]], ["研发部|Zhangsan|0", "X"])
})

// proves 11.B21: userids that cannot be one
test("where WeCom refuses a whole call for a userid that cannot be one, it alone is named and the others get it", async () => {
  await using compat = await startCompat()
  const refusal = { path: "message/send", kind: "errcode", errcode: 40003, match: "张三", times: 9 }
  await compat.sim.control("POST", "faults", refusal)
  const answer = await compat.send({ touser: "zhangsan|张三|lisi" })
  assert.deepEqual([answer.errcode, answer["invaliduser"]], [0, "张三"])
  assert.equal((await compat.sim.copies()).length, 2)
})

test("what no department or tag can be is named in the answer and fails alone", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({ toparty: "研发部|0|-1", totag: "x" })
  assert.equal(answer.errcode, 0)
  assert.deepEqual([answer["invalidparty"], answer["invalidtag"]], ["研发部|0|-1", "x"])
})

test("leftovers of templates are tolerated: numbers as strings, empty lists, other payloads, unknown fields", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({
    agentid: String(ALERTS.agentid),
    safe: "0",
    enable_id_trans: "0",
    enable_duplicate_check: "0",
    duplicate_check_interval: "",
    touser: " zhangsan | lisi |",
    toparty: "",
    totag: null,
    msgtype: "markdown",
    text: { content: "" },
    markdown: { content: "**磁盘** 91%" },
    ["__proto__"]: { touser: "@all" },
    whatever: [1, 2],
  })
  assert.deepEqual(answer, { errcode: 0, errmsg: "ok", msgid: answer["msgid"] })
  const [copy] = await compat.sim.copies("lisi")
  assert.deepEqual(copy?.payload, { content: "**磁盘** 91%" })
  const sent = copy?.request ?? {}
  assert.deepEqual(
    [sent["agentid"], sent["safe"], sent["text"], sent["whatever"]],
    [ALERTS.agentid, undefined, undefined, undefined],
  )
})

test("switches that say something are carried on, as numbers", async () => {
  await using compat = await startCompat()
  await compat.send({ safe: "1", enable_id_trans: 1 })
  const [copy] = await compat.sim.copies("zhangsan")
  assert.deepEqual([copy?.request["safe"], copy?.request["enable_id_trans"]], [1, 1])
})

test("a field of the wrong JSON type is left aside with WeCom's warning", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({ toparty: 2 })
  assert.equal(answer.errcode, 0)
  assert.equal(answer.errmsg, "ok. Warning: wrong json format.")
})

test("what is no JSON is read as far as WeCom reads it: nothing is there, and the warning says why", async () => {
  await using compat = await startCompat()
  for (const body of ["{", "[]", "null", '"text"', "touser=zhangsan&msgtype=text"]) {
    const answer = await compat.call("message/send", body)
    assert.equal(answer.errcode, 41011, body)
    assert.match(answer.errmsg, /^Warning: wrong json format\. agentid missing/)
  }
  assert.equal((await compat.call("message/send", "")).errcode, 41011)
})

test("a text too long is cut where WeCom cuts it, in bytes and between characters", async () => {
  await using compat = await startCompat()
  assert.equal((await compat.send({ text: { content: long } })).errcode, 0)
  const [copy] = await compat.sim.copies("zhangsan")
  assert.deepEqual(copy?.payload, { content: "长".repeat(682) })
  assert.deepEqual(copy?.request["text"], copy?.payload)
})

test("a markdown too long is cut likewise; a text of exactly 2048 bytes is not", async () => {
  await using compat = await startCompat()
  await compat.send({ msgtype: "markdown", markdown: { content: long } })
  await compat.send({ text: { content: `${"长".repeat(682)}ab` } })
  const copies = await compat.sim.copies("zhangsan")
  assert.deepEqual(
    copies.map(({ payload }) => Buffer.byteLength(String(payload["content"]))),
    [2046, 2048],
  )
})

test("a key that says split sends a long text in numbered parts, in order, as one message", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ overflow: "split" })
  const answer = await compat.send({ text: { content: long } }, key)
  assert.equal(answer.errcode, 0)
  const contents = (await compat.sim.copies("zhangsan")).map(({ payload }) => String(payload["content"]))
  assert.equal(contents.length, 2)
  assert.match(contents[0] ?? "", /1\/2/)
  assert.match(contents[1] ?? "", /2\/2/)
})

test("a key that says truncate cuts so that no link is torn", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ overflow: "truncate" })
  const link = '<a href="https://example.com/">详情</a>'
  await compat.send({ text: { content: "x".repeat(2040) + link } }, key)
  const [copy] = await compat.sim.copies("zhangsan")
  assert.deepEqual(copy?.payload, { content: "x".repeat(2040) })
})

test("the caller's own duplicate check is honoured: an equal body inside the interval reaches no member twice", async () => {
  await using compat = await startCompat()
  const asked = { enable_duplicate_check: 1, duplicate_check_interval: 600 }
  const first = await compat.send(asked)
  const second = await compat.send(asked)
  assert.deepEqual([first.errcode, second.errcode], [0, 0])
  assert.notEqual(first["msgid"], second["msgid"])
  const copies = await compat.sim.copies("zhangsan")
  assert.equal(copies.length, 1)
  assert.equal(copies[0]?.request["duplicate_check_interval"], 600)
})

test("without it two equal messages are two messages", async () => {
  await using compat = await startCompat()
  await compat.send()
  await compat.send()
  assert.equal((await compat.sim.copies("zhangsan")).length, 2)
})

for (const { interval, sent } of [
  { interval: 0, sent: 1800 },
  { interval: "", sent: 1800 },
  { interval: 99_999, sent: 14_400 },
]) {
  test(`a duplicate_check_interval of ${JSON.stringify(interval)} counts as ${sent} s`, async () => {
    await using compat = await startCompat()
    await compat.send({ enable_duplicate_check: "1", duplicate_check_interval: interval })
    const [copy] = await compat.sim.copies("zhangsan")
    assert.equal(copy?.request["duplicate_check_interval"], sent)
  })
}

test("what WeCom refuses is answered by WeCom's code and text", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({
    msgtype: "miniprogram_notice",
    miniprogram_notice: { appid: "wx9999999999999999", title: "会议通知" },
  })
  assert.equal(answer.errcode, 90206)
  assert.match(answer.errmsg, /^miniprogram not linked, hint: \[\d+\], from ip: 127\.0\.0\.1, more info at \S+90206$/)
  assert.equal(answer["msgid"], undefined)
})

test("one id for which WeCom refuses the whole call is skipped alone, and the others get the message", async () => {
  await using compat = await startCompat()
  await compat.sim.control("POST", "faults", {
    path: "message/send",
    match: "Stranger",
    times: 100,
    kind: "errcode",
    errcode: 60111,
  })
  const answer = await compat.send({ touser: "zhangsan|Stranger|lisi" })
  assert.deepEqual([answer.errcode, answer["invaliduser"]], [0, "stranger"])
  assert.equal((await compat.sim.copies()).length, 2)
})

test("the only recipient refused alone is answered by the code it was refused with", async () => {
  await using compat = await startCompat()
  await compat.sim.control("POST", "faults", { path: "message/send", kind: "errcode", errcode: 60011 })
  const { errmsg, ...answer } = await compat.send()
  assert.deepEqual(answer, { errcode: 60011, invaliduser: "zhangsan" })
  assert.match(errmsg, /^no privilege/)
})

test("the notice of a mini-program needs no agentid where the key holds one app", async () => {
  await using compat = await startCompat()
  const notice = {
    agentid: undefined,
    msgtype: "miniprogram_notice",
    miniprogram_notice: { appid: "wx0000000000000001", title: "会议通知" },
  }
  const one = await compat.key()
  assert.equal((await compat.send(notice, one.key)).errcode, 0)
  const two = await compat.key({ apps: ["alerts", "hr"] })
  assert.equal((await compat.send(notice, two.key)).errcode, 41011)
})

test("an interactive card is answered with its response_code", async () => {
  await using compat = await startCompat()
  const answer = await compat.send({
    msgtype: "template_card",
    template_card: {
      card_type: "button_interaction",
      task_id: "deploy-1",
      main_title: { title: "要发布吗?" },
      button_list: [{ text: "发布", key: "go" }],
    },
  })
  assert.match(String(answer["response_code"]), /^[\w-]{20,}$/)
})

test("a lost answer is no error to the caller: it was accepted, and asking again would make a second message", async () => {
  await using compat = await startCompat()
  await compat.sim.control("POST", "faults", { path: "message/send", kind: "reset_after" })
  const answering = compat.send()
  // The repeat of the call waits; the caller need not.
  const answer = await whileTheClockRuns(compat, answering)
  assert.deepEqual(answer, { errcode: 0, errmsg: "ok", msgid: answer["msgid"] })
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

// proves row 41: secrets in logs and answers
test("no key, token or secret is in any log line", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key()
  const token = await compat.token(key)
  await compat.send({}, key)
  await compat.send({ agentid: 1 }, key)
  await compat.get("gettoken", { corpid: CORP_ID, corpsecret: `${key}x` })
  await compat.post("message/send", { access_token: `${token}x` }, {})
  const log = compat.gateway.logLines.join("")
  assert.ok(log.includes("301002"))
  for (const secret of [key, token, ALERTS.secret]) assert.ok(!log.includes(secret))
})

function list(count: number, prefix = ""): string {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`).join("|")
}

function textcard(changes: Record<string, unknown>): Record<string, unknown> {
  const card = { title: "磁盘", description: "91%", url: "https://example.com/", ...changes }
  return { msgtype: "textcard", textcard: card }
}
