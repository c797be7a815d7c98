import assert from "node:assert/strict"
import { test } from "node:test"
import { inspect } from "node:util"
import { text } from "./builders.ts"
import { WeCom } from "./client.ts"
import type { SendResult } from "./wecom-error.ts"
import { rejected } from "./testing/rejected.ts"
import { ALERTS, simulatedWeCom } from "./testing/simulated-wecom.ts"
import type { Transport } from "./transport.ts"

test("a text reaches the phone of the member who has the number", async () => {
  await using sim = await simulatedWeCom()
  const result = await sim.wecom.send({ mobiles: ["13800000001"] }, text("你好"))
  const [message] = await sim.shown("zhangsan")
  assert.deepEqual(message?.body, { msgtype: "text", text: { content: "你好" } })
  const { msgid } = message
  assert.deepEqual(result, {
    ok: true,
    recipients: [{ type: "mobile", address: "13800000001", userid: "zhangsan", state: "sent", errcode: 0, msgid }],
    calls: [{ errcode: 0, msgid }],
  })
})

test("a call names people in the caller's order, whichever of them had to be looked up first", async () => {
  await using sim = await simulatedWeCom()
  await sim.wecom.send({ mobiles: ["13800000002"], users: ["zhangsan"] }, text("你好"))
  assert.equal((await sim.calls())[0]?.body["touser"], "lisi|zhangsan")
})

test("a text to a userid waits for nothing of our own: with a token at hand its request is under way at once", async () => {
  const asked: string[] = []
  const transport: Transport = {
    request: ({ url }) => {
      asked.push(url.pathname)
      const body = JSON.stringify({ errcode: 0, access_token: "t", expires_in: 7200, msgid: "m" })
      return Promise.resolve({ status: 200, contentType: "application/json", body })
    },
    download: () => assert.fail("no download"),
    close: () => Promise.resolve(),
  }
  await using wecom = new WeCom({ ...ALERTS, transport })
  await wecom.send({ users: ["zhangsan"] }, text("first"))
  const second = wecom.send({ users: ["zhangsan"] }, text("second"))
  assert.deepEqual(asked, ["/cgi-bin/gettoken", "/cgi-bin/message/send", "/cgi-bin/message/send"])
  assert.equal((await second).ok, true)
})

test("each recipient has a row of its own, in the caller's order and spelling", async () => {
  await using sim = await simulatedWeCom()
  const result = await sim.wecom.send(
    {
      users: ["ZhangSan", "unlicensed", "outsider", "007"],
      mobiles: ["13800000003", "+86 138 0000 0002", "13811112222", "not a number"],
      emails: ["lisi@example.com", "missing@example.com", "missing"],
      departments: [3, 99],
      tags: [1, 99],
    },
    text("混合名单"),
  )
  assert.equal(result.ok, false)
  assert.deepEqual(states(result), [
    "user ZhangSan sent",
    "user unlicensed unlicensed no_licence",
    "user outsider invalid outside_visible_range",
    "user 007 sent",
    "mobile 13800000003 sent",
    "mobile +86 138 0000 0002 sent",
    "mobile 13811112222 not_found no_visible_member",
    "mobile not a number invalid malformed_mobile",
    "email lisi@example.com sent",
    "email missing@example.com not_found no_visible_member",
    "email missing invalid malformed_email",
    "department 3 sent",
    "department 99 invalid outside_visible_range",
    "tag 1 sent",
    "tag 99 invalid outside_visible_range",
  ])
  assert.equal(result.error, undefined)
  assert.equal((await sim.calls()).length, 1)
  const everybody = (await sim.shown()).map(({ userid }) => userid)
  assert.deepEqual(everybody.sort(), ["007", "WangWu", "lisi", "zhangsan"])
})

test("a member named by number, address and userid in two spellings has four rows and gets one copy", async () => {
  await using sim = await simulatedWeCom()
  const { ok, recipients } = await sim.wecom.send(
    { mobiles: ["13800000001"], users: ["ZHANGSAN", "zhangsan"], emails: ["zhangsan@example.com"] },
    text("一次"),
  )
  assert.equal(ok, true)
  assert.deepEqual(
    recipients.map(({ userid }) => userid),
    ["zhangsan", "ZHANGSAN", "zhangsan", "zhangsan"],
  )
  assert.equal((await sim.shown()).length, 1)
  assert.equal((await sim.calls())[0]?.body["touser"], "zhangsan")
})

test("all: true reaches everybody whom the app sees, by one call", async () => {
  await using sim = await simulatedWeCom()
  const { ok, recipients } = await sim.wecom.send({ all: true }, text("全员"))
  assert.deepEqual([ok, recipients.map(({ type, address }) => `${type} ${address}`)], [true, ["all @all"]])
  assert.deepEqual([...new Set((await sim.shown()).map(({ userid }) => userid))].sort(), [
    "007",
    "WangWu",
    "lisi",
    "zhangsan",
  ])
})

test("when no recipient is left each gets WeCom's 81013, and none is sent", async () => {
  await using sim = await simulatedWeCom()
  for (const invalid_on_failure of ["string", "array", "none"]) {
    await sim.settings({ invalid_on_failure })
    const result = await sim.wecom.send({ users: ["Missing", "outsider"], departments: [99] }, text("x"))
    assert.deepEqual(states(result), [
      "user Missing invalid outside_visible_range",
      "user outsider invalid outside_visible_range",
      "department 99 invalid outside_visible_range",
    ])
    assert.deepEqual(result.calls, [{ errcode: 81013 }])
    assert.equal(result.recipients[0]?.errcode, 81013)
  }
})

test("errcode 0 with everybody in invaliduser is no success", async () => {
  await using sim = await simulatedWeCom()
  await sim.settings({ nobody_left_errcode: 0 })
  const result = await sim.wecom.send({ users: ["Missing"] }, text("x"))
  assert.equal(result.ok, false)
  assert.deepEqual(states(result), ["user Missing invalid outside_visible_range"])
})

test("a bad number costs no question, and a second send none either", async () => {
  await using sim = await simulatedWeCom()
  for (let time = 0; time < 2; time++) {
    await sim.wecom.send({ mobiles: ["12", "13800000001", "13811112222"] }, text("x"))
  }
  assert.deepEqual((await sim.calls("user/getuserid")).map(({ body }) => String(body["mobile"])).sort(), [
    "13800000001",
    "13811112222",
  ])
})

test("a dry run looks people up, sends nothing and tells the very bodies that would go out", async () => {
  await using sim = await simulatedWeCom()
  const to = { mobiles: ["13800000001", "13811112222"], departments: [2] }
  const plan = await sim.wecom.send(to, text("你好"), { dryRun: true, duplicateCheckSeconds: 600 })
  assert.deepEqual(
    plan.recipients.map(({ state }) => state),
    ["planned", "not_found", "planned"],
  )
  assert.deepEqual(plan.calls, [
    {
      body: '{"touser":"zhangsan","toparty":"2","msgtype":"text","text":{"content":"你好"},"agentid":1000002,"enable_duplicate_check":1,"duplicate_check_interval":600}',
    },
  ])
  assert.equal((await sim.calls()).length, 0)
})

test("recall takes the message off the phones, and says when it is too late", async () => {
  await using sim = await simulatedWeCom()
  const { calls } = await sim.wecom.send({ users: ["zhangsan", "lisi"] }, text("发错了"))
  const msgid = calls[0]?.msgid ?? ""
  await sim.wecom.recall(msgid)
  assert.deepEqual(await sim.shown(), [])
  const other = await sim.wecom.send({ users: ["lisi"] }, text("一天前"))
  await sim.advance(24 * 3600 + 1)
  const error = await rejected(sim.wecom.recall(other.calls[0]?.msgid ?? ""))
  assert.deepEqual([error.code, error.errcode, error.class], ["refused", 42052, "request"])
})

test("recalling nothing in particular is refused before any request", async () => {
  await using sim = await simulatedWeCom()
  const error = await rejected(sim.wecom.recall(""))
  assert.deepEqual(error.faults, [{ path: "msgid", rule: "required", severity: "error" }])
  assert.equal((await sim.calls("gettoken")).length, 0)
})

test("the app tells its name, whether it is enabled, and what it sees", async () => {
  await using sim = await simulatedWeCom()
  assert.deepEqual(await sim.wecom.agent(), {
    agentid: 1000002,
    name: "告警",
    description: "",
    close: 0,
    allow_userinfos: { user: [] },
    allow_partys: { partyid: [2, 3] },
    allow_tags: { tagid: [1] },
  })
})

test("a userid is found by mobile and by email; undefined when no visible member has it", async () => {
  await using sim = await simulatedWeCom()
  assert.equal(await sim.wecom.useridByMobile("+86 138 0000 0003"), "WangWu")
  assert.equal(await sim.wecom.useridByEmail("lisi@example.com"), "lisi")
  assert.equal(await sim.wecom.useridByMobile("13800000009"), undefined)
  const error = await rejected(sim.wecom.useridByMobile("1380000000"))
  assert.deepEqual([error.code, error.faults[0]?.path], ["invalid_input", "mobile"])
})

test("many numbers are looked up at once, each with its own result", async () => {
  await using sim = await simulatedWeCom()
  const progress: number[] = []
  const { people, error } = await sim.wecom.lookUp(
    [
      { type: "mobile", address: "13800000007" },
      { type: "mobile", address: "13811112222" },
      { type: "email", address: "missing" },
      { type: "email", address: "zhangsan@example.com" },
    ],
    { onProgress: (done, total) => progress.push(done / total) },
  )
  assert.equal(error, undefined)
  assert.deepEqual(
    people.map(({ state, userid, reason }) => userid ?? `${state} ${reason}`),
    ["007", "not_found no_visible_member", "invalid malformed_email", "zhangsan"],
  )
  assert.equal(progress.at(-1), 1)
})

test("fifty sends that start together share one token and one look-up", async () => {
  await using sim = await simulatedWeCom()
  const sends = Array.from({ length: 50 }, (_, n) => sim.wecom.send({ mobiles: ["13800000001"] }, text(`第 ${n} 条`)))
  const results = await Promise.all(sends)
  assert.ok(results.every(({ ok }) => ok))
  assert.equal((await sim.calls("gettoken")).length, 1)
  assert.equal((await sim.calls("user/getuserid")).length, 1)
})

test("a progress callback or hook that throws costs neither message nor outcome", async () => {
  await using sim = await simulatedWeCom({ hooks: { onRequest: fail, onAnswer: fail, onToken: fail } })
  const { ok } = await sim.wecom.send({ mobiles: ["13800000001"] }, text("x"), { onProgress: fail })
  assert.equal(ok, true)
  const { people } = await sim.wecom.lookUp([{ type: "mobile", address: "13800000002" }], { onProgress: fail })
  assert.equal(people[0]?.userid, "lisi")
})

test("nothing that can be printed of a client holds its secret or a token", async () => {
  await using sim = await simulatedWeCom()
  await sim.wecom.send({ users: ["zhangsan"] }, text("x"))
  const printed = inspect(sim.wecom, { depth: 20, showHidden: true }) + JSON.stringify(sim.wecom)
  assert.doesNotMatch(printed, /sim-secret/)
})

test("a closed client refuses, and a transport of the caller's stays open", async () => {
  await using sim = await simulatedWeCom()
  let isClosed = false
  const transport = {
    request: () =>
      Promise.resolve({ status: 200, contentType: "", body: '{"errcode":0,"access_token":"t","expires_in":7200}' }),
    download: () => Promise.reject(new Error("no download is expected")),
    close: () => {
      isClosed = true
      return Promise.resolve()
    },
  }
  await new WeCom({ ...ALERTS, transport }).close()
  assert.equal(isClosed, false)
  await sim.wecom.close()
  assert.equal((await rejected(sim.wecom.send({ users: ["zhangsan"] }, text("x")))).code, "unreachable")
})

test("a closed client says that it is closed, in both languages", async () => {
  for (const [language, message, hint] of [
    ["en", "The client is closed, so nothing was sent.", /Make another client/],
    ["zh", "客户端已关闭，未发送任何内容。", /请新建客户端/],
  ] as const) {
    const wecom = new WeCom({ ...ALERTS, language })
    await wecom.close()
    const error = await rejected(wecom.send({ users: ["zhangsan"] }, text("x")))
    assert.deepEqual([error.code, error.message], ["unreachable", message])
    assert.match(error.hint, hint)
  }
})

function fail(): never {
  throw new Error("broken logger")
}

function states({ recipients }: SendResult): string[] {
  return recipients.map(({ type, address, state, reason }) => [type, address, state, reason ?? ""].join(" ").trimEnd())
}
