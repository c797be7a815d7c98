import assert from "node:assert/strict"
import { test } from "node:test"
import { startBadLine } from "../testing/bad-line.ts"
import { startGatewayBench } from "../testing/gateway-bench.ts"
import type { GatewayBench } from "../testing/gateway-bench.ts"

const late = () => new Date(Date.now() + 3_600_000).toISOString()

async function post(bench: GatewayBench, to: object, more: object = {}): Promise<string> {
  const body = { app: "alerts", to, msgtype: "text", text: { content: `${Math.random()}` }, ...more }
  const { status, json } = await bench.api("POST", "/v1/messages", body)
  assert.equal(status, 202)
  return json.id
}

// proves 3.9: for operators
test("status: the state of the message, each recipient with its reason, and the exit code of a send", async () => {
  await using bench = await startGatewayBench()
  const id = await post(bench, { mobiles: ["13800000001", "13812345678"], users: ["outsider"] })
  const en = await bench.run(["status", id, "--wait", "10"])
  assert.equal(en.code, 1)
  assert.match(
    en.stdout,
    new RegExp(`^${id}  partly sent  app alerts · text · normal\naccepted .* · finished .* · calls [12]`),
  )
  assert.match(en.stdout, /✓ 13800000001 +sent +zhangsan/)
  assert.match(en.stdout, /Recipients: 3 · sent 1 · not found 1 · invalid 1/)
  assert.match(en.stderr, /not found: No member/)
  const zh = await bench.run(["status", id, "--lang", "zh"])
  assert.match(zh.stdout, /部分已发送  应用 alerts/)
  const { json } = await bench.run(["status", id, "--json"])
  assert.equal((json["message"] as { state: string }).state, "partly_sent")
  assert.deepEqual(json.recipients.map(({ state }) => state).toSorted(), ["invalid", "not_found", "sent"])
  // Two where a look-up takes over a second, as on a busy machine: who is known goes without waiting for it.
  assert.ok(json.calls.length === 1 || json.calls.length === 2)
})

// proves 11.B30: strict
test("status tells what a message was warned of, in the user's language", async () => {
  await using bench = await startGatewayBench()
  const id = await post(bench, { users: ["zhangsan"] }, { text: { content: "x".repeat(2049) }, strict: false })
  const zh = await bench.run(["status", id, "--wait", "10", "--lang", "zh"])
  assert.match(zh.stderr, /text\.content 有 2049 字节；超过 2048 字节的部分会被企业微信截断/)
  const { json } = await bench.run(["status", id, "--json"])
  assert.partialDeepStrictEqual(json["message"], { warnings: [{ path: "/text/content", code: "too_long" }] })
})

// proves 10.8: exit codes, keys, small things
test("status of a message that is not due: exit 0, at once, with the time", async () => {
  await using bench = await startGatewayBench()
  const id = await post(bench, { users: ["lisi"] }, { send_at: late() })
  const ran = await bench.run(["status", id, "--wait", "600"])
  assert.equal(ran.code, 0)
  assert.match(ran.stdout, /scheduled .*\n.*to be sent \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
})

// proves 10.6: what operators see
test("status of a long list says how many have no line, in all and of each state", async () => {
  await using bench = await startGatewayBench()
  const users = Array.from({ length: 1230 }, (_, n) => `u${n}`)
  const id = await post(bench, { users, mobiles: ["1", "2"] }, { send_at: late() })
  const { stdout, stderr } = await bench.run(["status", id])
  assert.match(stderr, /^… and 1210 more: pending 1210; --json lists all\.$/m)
  assert.equal((stdout.match(/^. u\d+ /gm) ?? []).length, 20)
  assert.match(stderr, /pending: scheduled, until \d{4}-/)
  const { json } = await bench.run(["status", id, "--json"])
  assert.equal(json.recipients.length, 1232)
  assert.equal(json.recipients[0]?.reason, "scheduled")
})

test("an unknown message: exit 3; an id that is none: exit 2 without a request", async () => {
  await using bench = await startGatewayBench()
  const unknown = await bench.run(["status", "msg_0192", "--json"])
  assert.deepEqual([unknown.code, unknown.json.error?.code], [3, "not_found"])
  for (const command of ["status", "retry", "cancel"]) {
    const ran = await bench.run([command, "4711"], { env: { WECOM_PUSH_URL: "http://127.0.0.1:9" } })
    assert.equal(ran.code, 2, command)
  }
  assert.equal((await bench.run(["recall", "msg_../../v1/keys"])).code, 2)
})

test("cancel keeps back what is not due; the second time there is nothing left: exit 3", async () => {
  await using bench = await startGatewayBench()
  const id = await post(bench, { users: ["lisi", "zhangsan"] }, { send_at: late() })
  const ran = await bench.run(["cancel", id, "--json"])
  assert.deepEqual([ran.code, ran.json["cancelled"], ran.json["state"]], [0, 2, "cancelled"])
  const again = await bench.run(["cancel", id, "--json"])
  assert.deepEqual([again.code, again.json.error?.code], [3, "already_sent"])
  assert.match(again.json.error?.hint ?? "", /wecom-push status ID[^]*wecom-push recall ID/)
  assert.equal((await bench.run(["status", id])).code, 1)
})

test("retry asks again after those who were not found", async () => {
  await using bench = await startGatewayBench()
  const id = await post(bench, { mobiles: ["13812345678"] })
  assert.equal((await bench.run(["status", id, "--wait", "10"])).code, 1)
  const org = (await bench.control("GET", "org")) as { members: object[] }
  org.members.push({ userid: "newcomer", name: "新人", mobile: "13812345678", departments: [2] })
  await bench.control("PUT", "org", org)
  const ran = await bench.run(["retry", id])
  assert.equal(ran.code, 0)
  assert.match(ran.stderr, /tried again: 1/)
  assert.equal((await bench.run(["status", id, "--wait", "10"])).code, 0)
  assert.deepEqual(
    (await bench.shown()).map(({ userid }) => userid),
    ["newcomer"],
  )
  const nothing = await bench.run(["retry", id, "--json", "--state", "in_doubt,failed"])
  assert.deepEqual([nothing.code, nothing.json.error?.code], [3, "nothing_to_retry"])
  assert.match(nothing.json.error?.hint ?? "", /wecom-push status ID[^]*--state/)
  assert.equal((await bench.run(["retry", id, "--state", "sent"])).code, 2)
})

test("recall msg_… takes a message back from the phones", async () => {
  await using bench = await startGatewayBench()
  const sent = await bench.run(["send", "--json", "--user", "lisi", "--text", "oops"])
  const ran = await bench.run(["recall", String(sent.json["id"]), "--json"])
  assert.equal(ran.code, 0)
  assert.equal(ran.json["state"], "recalled")
  assert.deepEqual(
    (ran.json.calls as unknown as { result: string }[]).map(({ result }) => result),
    ["recalled"],
  )
  assert.equal((await bench.calls("message/recall")).length, 1)
})

test("recall of a message with many calls waits until the gateway has asked for each", async () => {
  await using bench = await startGatewayBench()
  const parts = Array.from({ length: 12 }, (_, n) => `${n} `.padEnd(2000, "x")).join("\n")
  const sent = await bench.run(["send", "--json", "--user", "lisi", "--overflow", "split", "--text", parts])
  const id = String(sent.json["id"])
  const ran = await bench.run(["recall", id, "--json"])
  assert.equal(ran.code, 0, ran.stderr)
  const calls = { total: 12, recalled: 12, refused: 0, expired: 0, in_flight: 0, unknown: 0, unreachable: 0 }
  assert.deepEqual(ran.json, { ok: true, id, cancelled: 0, calls, error: null })
  assert.equal((await bench.calls("message/recall")).length, 12)
  assert.match((await bench.run(["recall", id])).stderr, /Recalled from the phones: 12 calls/)
})

test("recall that WeCom refuses: exit 1, with its words", async () => {
  await using bench = await startGatewayBench()
  const sent = await bench.run(["send", "--json", "--user", "lisi", "--text", "oops"])
  const id = String(sent.json["id"])
  await bench.fault({ path: "message/recall", kind: "errcode", errcode: 42013 })
  const refused = await bench.run(["recall", id])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /call 1: WeCom refused \(42013/)
})

test("recall through an app that was removed since: exit 1, and the reason", async () => {
  await using bench = await startGatewayBench()
  const sent = await bench.run(["send", "--json", "--user", "lisi", "--text", "oops"])
  const { status } = await bench.api("DELETE", "/v1/apps/alerts")
  assert.equal(status, 204)
  for (const [language, says] of [
    ["en", /call 1: WeCom could not be asked \(the app was removed, or .*\); mend that/],
    ["zh", /第 1 次调用：无法请求企业微信（the app was removed, or .*），请排除原因/],
  ] as const) {
    const ran = await bench.run(["recall", String(sent.json["id"]), "--lang", language])
    assert.equal(ran.code, 1)
    assert.match(ran.stderr, says)
  }
})

test("lookup through a gateway: the userid alone on stdout; no member: exit 1; --fresh asks WeCom again", async () => {
  await using bench = await startGatewayBench()
  const found = await bench.run(["lookup", "--mobile", "13800000001"])
  assert.deepEqual([found.code, found.stdout], [0, "zhangsan\n"])
  const missing = await bench.run(["lookup", "--mobile", "13812345678"])
  assert.deepEqual([missing.code, missing.stdout], [1, ""])
  assert.match(missing.stderr, /13812345678: not found\. No member/)
  const before = (await bench.calls("user/getuserid")).length
  assert.equal((await bench.run(["lookup", "--mobile", "13800000001", "--json"])).json["userid"], "zhangsan")
  assert.equal((await bench.calls("user/getuserid")).length, before)
  await bench.run(["lookup", "--mobile", "13800000001", "--fresh"])
  assert.equal((await bench.calls("user/getuserid")).length, before + 1)
  const malformed = await bench.run(["lookup", "--mobile", "123", "--json"])
  assert.deepEqual([malformed.code, malformed.json.error?.faults[0]?.path], [2, "--mobile"])
})

/** Runs `tail` until it has printed this many lines about events. */
async function tailUntil(bench: GatewayBench, lines: number, argv: readonly string[], onStart: () => Promise<void>) {
  const controller = new AbortController()
  let text = ""
  let started: Promise<void> | undefined
  const ran = await bench.run(["tail", ...argv], {
    signal: controller.signal,
    onOutput(more) {
      text += more
      if (text.includes("Following")) started ??= onStart()
      if ((text.match(/"type":/g) ?? []).length >= lines) controller.abort()
    },
  })
  await started
  return ran
}

// proves 3.9: for operators
test("tail --json: an event a line, as they come; Ctrl-C ends it without complaint", async () => {
  await using bench = await startGatewayBench()
  let id = ""
  const ran = await tailUntil(bench, 2, ["--json"], async () => {
    id = await post(bench, { users: ["lisi"] })
  })
  assert.equal(ran.code, 130)
  const events = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; message_id: string })
  assert.deepEqual(
    events.map(({ type, message_id }) => [type, message_id]),
    [
      ["message.accepted", id],
      ["message.finished", id],
    ],
  )
  assert.doesNotMatch(ran.stderr, /error/)
})

test("tail continues after a broken connection, and misses nothing, also when nothing had happened before", async () => {
  await using bench = await startGatewayBench()
  await using line = await startBadLine(bench.gateway.url)
  let isDown = false
  line.trouble = () => (isDown ? "dead" : undefined)
  const ids: string[] = []
  const ran = await tailUntil(bench, 4, ["--json", "--gateway", line.url], async () => {
    isDown = true
    line.cut()
    ids.push(await post(bench, { users: ["lisi"] }))
    isDown = false
    while (!line.seen.some(({ headers }) => headers["last-event-id"] !== undefined)) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    ids.push(await post(bench, { users: ["zhangsan"] }))
  })
  const seen = ran.stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { type: string; message_id: string })
  for (const id of ids) {
    assert.deepEqual(
      seen.filter(({ message_id }) => message_id === id).map(({ type }) => type),
      ["message.accepted", "message.finished"],
    )
  }
  assert.match(ran.stderr, /Connecting again[\s\S]*nothing was missed/)
})

test("tail --after begins after an event; for people each is a line", async () => {
  await using bench = await startGatewayBench()
  const id = await post(bench, { users: ["lisi"] })
  await bench.run(["status", id, "--wait", "10"])
  const controller = new AbortController()
  let text = ""
  const ran = await bench.run(["tail", "--after", "0", "--lang", "zh"], {
    signal: controller.signal,
    onOutput(more) {
      text += more
      if (text.includes("已发送 1")) controller.abort()
    },
  })
  assert.match(ran.stdout, new RegExp(`已受理  alerts  ${id}  接收人 1\n.*已发送  alerts  ${id}  已发送 1`))
  assert.equal((await bench.run(["tail", "--after", "x"])).code, 2)
})

test("tail with a key that may not read, or no gateway: exit 3, without trying for ever", async () => {
  await using bench = await startGatewayBench()
  const { json } = await bench.api("POST", "/v1/keys", { name: "writer", scopes: ["send"], apps: "all" })
  const refused = await bench.run(["tail", "--json"], { env: { WECOM_PUSH_KEY: json.key } })
  assert.deepEqual([refused.code, refused.json.error?.code], [3, "insufficient_scope"])
  assert.equal((await bench.run(["tail"], { env: { WECOM_PUSH_URL: "http://127.0.0.1:9" } })).code, 3)
})
