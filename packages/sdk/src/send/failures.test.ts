import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppMessage } from "@wecom-push/protocol"
import { markdown, templateCard, text } from "../builders.ts"
import type { SendResult } from "../wecom-error.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { Audience } from "./audience.ts"
import type { SendOptions } from "./send.ts"

const HELLO = text("你好")

test("no recipient, empty content, unknown msgtype, a bad card: every fault with its path, and no request", async () => {
  await using sim = await simulatedWeCom()
  const cases: [Audience, unknown, string[]][] = [
    [{}, HELLO, ["to"]],
    [{ users: [], mobiles: [] }, HELLO, ["to"]],
    [{ users: ["zhangsan"] }, text(""), ["text.content"]],
    [{ users: ["zhangsan"] }, { msgtype: "txt", txt: {} }, ["msgtype"]],
    [
      {},
      { msgtype: "template_card", template_card: { card_type: "text_notice", card_action: { type: 3 } } },
      ["to", "template_card.main_title", "template_card.card_action.type"],
    ],
  ]
  for (const [to, message, paths] of cases) {
    const error = await rejected(sim.wecom.send(to, message as AppMessage))
    assert.equal(error.code, "invalid_input")
    assert.deepEqual(
      error.faults.map(({ path }) => path),
      paths,
    )
  }
  assert.equal((await sim.calls("gettoken")).length, 0)
})

test("a text of 2049 bytes is refused with both figures, unless it may be split or cut", async () => {
  await using sim = await simulatedWeCom()
  const long = "a".repeat(2049)
  for (const message of [text(long), markdown(long)]) {
    const error = await rejected(sim.wecom.send({ users: ["zhangsan"] }, message))
    assert.deepEqual(
      error.faults.map(({ path, limit, actual }) => ({ path, limit, actual })),
      [{ path: `${message.msgtype}.content`, limit: 2048, actual: 2049 }],
    )
    assert.match(error.message, /2048/)
    assert.match(error.message, /2049/)
  }
  assert.equal((await sim.calls()).length, 0)
  for (const overflow of ["split", "truncate"] as const) {
    assert.equal((await sim.wecom.send({ users: ["zhangsan"] }, text(long), { overflow })).ok, true)
  }
  const sizes = (await sim.shown("zhangsan")).map(({ body }) =>
    Buffer.byteLength((body["text"] as { content: string }).content),
  )
  assert.equal(sizes.length, 3)
  assert.ok(sizes.every((bytes) => bytes <= 2048))
})

test("what splitting cannot fit is still refused", async () => {
  await using sim = await simulatedWeCom()
  const message = text(`${"a".repeat(2100)}\u0000`)
  const error = await rejected(sim.wecom.send({ users: ["zhangsan"] }, message, { overflow: "split" }))
  assert.deepEqual(
    error.faults.map(({ path, rule }) => `${path} ${rule}`),
    ["text.content nul"],
  )
})

test("@all as a userid, a bar in one, and all: true beside others are refused", async () => {
  await using sim = await simulatedWeCom()
  const cases: [unknown, string[]][] = [
    [{ users: ["zhangsan", "@all"] }, ["to.users[1]"]],
    [{ users: ["@ALL", "a|b", "张三", " @all ", "张三|李四"] }, [0, 1, 3, 4].map((index) => `to.users[${index}]`)],
    [{ users: ["zhangsan", 7] }, ["to.users[1]"]],
    [{ all: true, users: ["zhangsan"] }, ["to.users"]],
    [{ all: "yes" }, ["to.all", "to"]],
    [{ user: ["zhangsan"] }, ["to.user"]],
    [{ users: "zhangsan" }, ["to.users"]],
    [
      { mobiles: [13800000001], departments: ["2", 0, 1.5] },
      ["to.mobiles[0]", ...[0, 1, 2].map((n) => `to.departments[${n}]`)],
    ],
    [undefined, ["to"]],
    [null, ["to"]],
  ]
  for (const [to, paths] of cases) {
    const error = await rejected(sim.wecom.send(to as Audience, HELLO))
    assert.deepEqual(
      error.faults.map(({ path }) => path),
      paths,
      JSON.stringify(to),
    )
  }
  assert.equal((await sim.calls("gettoken")).length, 0)
})

// proves 11.B32: what WeCom is not known to refuse
test("a body copied from the documentation cannot bring recipients of its own: they are left out, with a warning", async () => {
  await using sim = await simulatedWeCom()
  const message = { ...HELLO, touser: "@all", agentid: 1, enable_duplicate_check: 0 }
  const { warnings = [] } = await sim.wecom.send({ users: ["zhangsan"] }, message)
  assert.deepEqual(
    warnings.map(({ path, rule, because }) => [path, rule, because]),
    [
      ["touser", "left_out", "to"],
      ["agentid", "left_out", "agentId"],
      ["enable_duplicate_check", "left_out", "duplicateCheckSeconds"],
    ],
  )
  assert.deepEqual((await sim.calls())[0]?.body, { touser: "zhangsan", ...HELLO, agentid: 1_000_002 })
})

test("a duplicate check that a copied body asks for is no option: without it the message might be seen twice", async () => {
  await using sim = await simulatedWeCom()
  for (const strict of [true, false]) {
    const error = await rejected(
      sim.wecom.send({ users: ["zhangsan"] }, { ...HELLO, enable_duplicate_check: 1 } as typeof HELLO, { strict }),
    )
    assert.deepEqual(
      error.faults.map(({ path, because }) => [path, because]),
      [["enable_duplicate_check", "duplicateCheckSeconds"]],
    )
  }
})

test("a mini-program notice is not for everybody, and options out of range are faults", async () => {
  await using sim = await simulatedWeCom()
  const notice: AppMessage = {
    msgtype: "miniprogram_notice",
    miniprogram_notice: { appid: "wx1", title: "会议室预订" },
  }
  const options = { overflow: "wrap", duplicateCheckSeconds: 14_401, totalTimeoutMs: 0 } as unknown as SendOptions
  const error = await rejected(sim.wecom.send({ all: true }, notice, options))
  assert.deepEqual(
    error.faults.map(({ path }) => path),
    ["to.all", "totalTimeoutMs", "overflow", "duplicateCheckSeconds"],
  )
})

for (const errcode of [40003, 40031, 60111]) {
  test(`a call of a hundred refused for one bad id (${errcode}) is halved until that id is alone; the others are sent`, async () => {
    await using sim = await simulatedWeCom({ simulator: { members: 100 } })
    const users = Array.from({ length: 100 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
    await sim.fault({ path: "message/send", kind: "errcode", errcode, match: "m000062", times: 100 })
    const result = await sim.wecom.send({ users, departments: [3], tags: [1] }, HELLO)
    assert.deepEqual(
      result.recipients.filter(({ state }) => state !== "sent"),
      [{ type: "user", address: "m000062", userid: "m000062", state: "invalid", errcode, reason: "refused_alone" }],
    )
    assert.equal(result.error, undefined)
    assert.ok((await sim.calls()).length <= 15)
  })
}

test("wrong secret: one gettoken, the setting at fault, and what is known of each", async () => {
  await using sim = await simulatedWeCom()
  for (const language of ["en", "zh"] as const) {
    const wecom = sim.another({ secret: "sim-secret-hr-mistyped", language })
    const sends = [
      wecom.send({ mobiles: ["13800000001"], users: ["lisi"] }, HELLO),
      wecom.send({ users: ["lisi"] }, HELLO),
    ]
    const [error, other] = [await rejected(sends[0]!), await rejected(sends[1]!)]
    assert.deepEqual([error.code, error.errcode, error.class], ["refused", 40001, "configuration"])
    assert.match(error.hint, /Secret|secret/)
    assert.deepEqual(states(error.result), ["mobile 13800000001 failed call_refused", "user lisi failed call_refused"])
    assert.deepEqual(states(other.result), ["user lisi failed call_refused"])
  }
  assert.equal((await sim.calls("gettoken")).length, 2)
})

test("wrong corp, another app's agentid, an untrusted address, a disabled app: refused, and nothing is asked again", async () => {
  await using sim = await simulatedWeCom()
  const wrongCorp = await rejected(sim.another({ corpId: "ww9999" }).send({ users: ["lisi"] }, HELLO))
  assert.deepEqual([wrongCorp.errcode, wrongCorp.class], [40013, "configuration"])

  const wrongAgent = await rejected(sim.another({ agentId: 1000003 }).send({ users: ["lisi"] }, HELLO))
  assert.deepEqual([wrongAgent.errcode, wrongAgent.class], [301002, "configuration"])

  await sim.org((org) => {
    org.trusted_ips = ["203.0.113.7"]
  })
  const untrusted = await rejected(sim.wecom.send({ users: ["lisi"] }, HELLO))
  assert.deepEqual([untrusted.errcode, untrusted.fromIp], [60020, "127.0.0.1"])
  assert.match(untrusted.hint, /127\.0\.0\.1/)

  await sim.org((org) => {
    org.trusted_ips = []
    for (const app of org.apps) app.enabled = false
  })
  const disabled = await rejected(sim.another().send({ users: ["lisi"] }, HELLO))
  assert.equal(disabled.code, "refused")
  assert.equal(disabled.class, "configuration")
  assert.deepEqual(await sim.shown(), [])
})

test("a refusal that concerns everybody stops the calls that have not started", async () => {
  await using sim = await simulatedWeCom({ simulator: { members: 9000 } })
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 60020, times: 100 })
  const users = Array.from({ length: 9000 }, (_, index) => `m${String(index + 1).padStart(6, "0")}`)
  const { result } = await rejected(sim.wecom.send({ users }, HELLO))
  assert.ok((await sim.calls()).length <= 4)
  assert.deepEqual(
    [result?.recipients[0]?.reason, result?.recipients.at(-1)?.reason, result?.recipients.at(-1)?.errcode],
    ["call_refused", "not_started", 60020],
  )
})

for (const kind of ["http_status", "html", "reset_before"] as const) {
  test(`${kind} to a look-up is retried and then reported as what it is, since nothing was sent`, async () => {
    await using sim = await simulatedWeCom()
    const fault = { path: "user/getuserid", kind, ...(kind === "http_status" ? { status: 502 } : {}) }
    await sim.fault(fault)
    assert.equal((await sim.wecom.send({ mobiles: ["13800000001"] }, HELLO)).ok, true)
    await sim.fault({ ...fault, times: 1000 })
    const error = await rejected(sim.wecom.send({ mobiles: ["13800000002"] }, HELLO))
    assert.ok(["unreachable", "unusable_answer"].includes(error.code), error.code)
    assert.equal(error.mayHaveArrived, false)
    assert.match(states(error.result)[0] ?? "", /^mobile 13800000002 failed (unreachable|unusable_answer)$/)
  })
}

for (const kind of ["reset_after", "truncate", "html"] as const) {
  test(`${kind} after the request was written: in doubt and not repeated`, async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({
      path: "message/send",
      kind,
      ...(kind === "truncate" ? { bytes: 5 } : {}),
      ...(kind === "html" ? { acts: true } : {}),
    })
    const result = await sim.wecom.send({ users: ["zhangsan"] }, HELLO)
    assert.deepEqual(states(result), ["user zhangsan in_doubt answer_lost"])
    assert.deepEqual([result.ok, result.error?.code, result.calls], [false, "in_doubt", [{}]])
    assert.equal((await sim.calls()).length, 1)
  })
}

test("with the duplicate check the same bytes go out again, and the phone shows one", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "message/send", kind: "reset_after" })
  const result = await sim.wecom.send({ users: ["zhangsan"] }, HELLO, { duplicateCheckSeconds: 1800 })
  assert.equal(result.ok, true)
  const calls = await sim.calls()
  assert.deepEqual([calls.length, new Set(calls.map(({ sha256 }) => sha256)).size], [2, 1])
  assert.equal((await sim.shown("zhangsan")).length, 1)
})

test("a card whose task_id is known on the repeat has probably arrived", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "message/send", kind: "reset_after" })
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 42014 })
  const card = templateCard({
    card_type: "button_interaction",
    task_id: "deploy-1",
    main_title: { title: "发布？" },
    button_list: [{ text: "同意", key: "yes" }],
  })
  const result = await sim.wecom.send({ users: ["zhangsan"] }, card, { duplicateCheckSeconds: 1800 })
  assert.deepEqual(states(result), ["user zhangsan in_doubt probably_sent"])
  assert.equal(result.recipients[0]?.errcode, 42014)
})

test("busy three times is refused, and no recipient is in doubt", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 3 })
  const error = await rejected(sim.wecom.send({ users: ["zhangsan"] }, HELLO))
  assert.deepEqual([error.code, error.errcode, error.class], ["refused", -1, "transient"])
  assert.equal((await sim.calls()).length, 3)
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 2 })
  assert.equal((await sim.wecom.send({ users: ["zhangsan"] }, HELLO)).ok, true)
})

test("a lone surrogate is refused with its position", async () => {
  await using sim = await simulatedWeCom()
  const error = await rejected(sim.wecom.send({ users: ["zhangsan"] }, text("ab\ud83d")))
  assert.deepEqual(
    error.faults.map(({ path, rule, actual }) => ({ path, rule, actual })),
    [{ path: "text.content", rule: "lone_surrogate", actual: 2 }],
  )
})

test("a send that is given up reports the result of each recipient", async () => {
  await using sim = await simulatedWeCom()
  const before = await rejected(sim.wecom.send({ users: ["zhangsan"] }, HELLO, { signal: AbortSignal.abort() }))
  assert.deepEqual([before.code, states(before.result)], ["aborted", ["user zhangsan failed aborted"]])
  const controller = new AbortController()
  await sim.fault({ path: "message/send", kind: "hang_after" })
  const sending = sim.wecom.send({ users: ["zhangsan"] }, HELLO, { signal: controller.signal })
  while ((await sim.calls()).length === 0) await new Promise(setImmediate)
  controller.abort()
  assert.deepEqual(states(await sending), ["user zhangsan in_doubt answer_lost"])
})

test("time that runs out before anything is sent is no doubt", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 100 })
  const error = await rejected(sim.wecom.send({ users: ["zhangsan"] }, HELLO, { totalTimeoutMs: 500 }))
  assert.equal(error.mayHaveArrived, false)
  assert.match(states(error.result)[0] ?? "", /failed/)
})

function states(result: SendResult | undefined): string[] {
  const rows = result?.recipients ?? []
  return rows.map(({ type, address, state, reason }) => [type, address, state, reason ?? ""].join(" ").trimEnd())
}
