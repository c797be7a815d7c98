import assert from "node:assert/strict"
import { test } from "node:test"
import { person } from "./testing/person.ts"
import { secret, startBench } from "./testing/try-command.ts"
import type { Json, Ran } from "./testing/try-command.ts"

const toZhang = ["send", "--json", "--mobile", "13800000001"]

function paths({ json }: Ran): string[] {
  return json.error?.faults.map(({ path }) => path) ?? []
}

function states({ recipients }: Json): Record<string, string> {
  return Object.fromEntries(recipients.map(({ address, state }) => [address, state]))
}

test("no recipient and no content: exit 2, both reported at once, nothing asked of WeCom", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json"])
  assert.equal(ran.code, 2)
  assert.deepEqual(paths(ran), ["to", "stdin"])
  assert.deepEqual(await bench.calls("gettoken"), [])
})

test("empty content: exit 2, the field named", async () => {
  await using bench = await startBench()
  const ran = await bench.run([...toZhang, "--text", ""])
  assert.equal(ran.code, 2)
  assert.deepEqual(paths(ran), ["text.content"])
})

test("a value that came out of an unset shell variable: exit 2, not a message without a recipient", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json", "--mobile", "", "--text", "x"])
  assert.equal(ran.code, 2)
  assert.deepEqual(paths(ran), ["--mobile"])
})

test("a bad card: exit 2, every fault with its path", async () => {
  await using bench = await startBench()
  const card = { card_type: "vote_interaction", main_title: {}, checkbox: { option_list: [] } }
  const ran = await bench.run([...toZhang, "--template-card", JSON.stringify(card)])
  assert.equal(ran.code, 2)
  for (const path of [
    "template_card.task_id",
    "template_card.main_title.title",
    "template_card.checkbox.question_key",
  ]) {
    assert.ok(paths(ran).includes(path), path)
  }
  assert.deepEqual(await bench.shown(), [])
})

test("an unknown message type cannot even be written: the flag is refused", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json", "--mobile", "13800000001", "--taskcard", "{}"])
  assert.equal(ran.code, 2)
  assert.match(ran.json.error?.message ?? "", /--taskcard/)
})

test("a card of an unknown kind: exit 2, the allowed ones named", async () => {
  await using bench = await startBench()
  const ran = await bench.run([...toZhang, "--template-card", '{"card_type":"nothing"}'])
  assert.equal(ran.code, 2)
  assert.match(ran.json.error?.faults[0]?.message ?? "", /text_notice.*multiple_interaction/)
})

const longText = "文".repeat(682) + "abc"

test("a text of 2049 bytes: exit 2 naming 2048 and 2049", async () => {
  await using bench = await startBench()
  assert.equal(Buffer.byteLength(longText), 2049)
  const ran = await bench.run([...toZhang, "--text", longText])
  assert.equal(ran.code, 2)
  assert.match(ran.json.error?.faults[0]?.message ?? "", /2049.*2048/s)
  assert.deepEqual(await bench.shown(), [])
})

test("--overflow split sends it in parts, truncate cuts it", async () => {
  await using bench = await startBench()
  assert.equal((await bench.run([...toZhang, "--text", longText, "--overflow", "split"])).code, 0)
  assert.equal((await bench.shown()).length, 2)
  assert.equal((await bench.run([...toZhang, "--text", longText, "--overflow", "truncate"])).code, 0)
  assert.equal((await bench.shown()).length, 3)
})

test("--all without --yes off a terminal: exit 2, nothing sent", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json", "--all", "--text", "x"])
  assert.equal(ran.code, 2)
  assert.deepEqual(paths(ran), ["--all"])
  assert.deepEqual(await bench.shown(), [])
  assert.equal((await bench.run(["send", "--json", "--all", "--yes", "--text", "x"])).code, 0)
})

for (const [answer, code] of [
  ["no", 2],
  [undefined, 130],
  ["yes", 0],
] as const) {
  test(`--all at a terminal, where the answer is ${answer ?? "Ctrl-C"}: exit ${code}`, async () => {
    await using bench = await startBench()
    for (const [lang, question, refusal] of [
      ["en", /Send this to everybody/, /Not confirmed, so nothing was sent/],
      ["zh", /确定发给/, /没有确认，什么都没有发送/],
    ] as const) {
      const questions = person(answer === undefined ? [] : [answer])
      const ran = await bench.run(["send", "--lang", lang, "--all", "--text", "x"], { questions })
      assert.equal(ran.code, code, ran.stderr)
      assert.match(questions.asked.join("\n"), question)
      assert.equal(refusal.test(ran.stderr), answer !== "yes")
    }
    assert.equal((await bench.calls("message/send")).length, answer === "yes" ? 2 : 0)
  })
}

test("--all with other recipients: exit 2", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json", "--all", "--yes", "--user", "zhangsan", "--text", "x"])
  assert.equal(ran.code, 2)
  assert.deepEqual(paths(ran), ["--all"])
})

for (const user of ["@all", "@ALL", "zhangsan|lisi", "zhangsan,@all"]) {
  test(`--user ${user}: exit 2, nothing sent`, async () => {
    await using bench = await startBench()
    const ran = await bench.run(["send", "--json", "--user", user, "--text", "x"])
    assert.equal(ran.code, 2)
    assert.deepEqual(paths(ran), ["--user"])
    assert.deepEqual(await bench.shown(), [])
  })
}

test("a number that no member has and a malformed one fail alone; the others are sent; exit 1", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--json", "--mobile", "13911112222,abc,13800000001", "--text", "x"])
  assert.equal(ran.code, 1)
  assert.deepEqual(states(ran.json), { "13911112222": "not_found", abc: "invalid", "13800000001": "sent" })
  assert.deepEqual(
    ran.json.recipients.map(({ reason }) => reason),
    ["no_visible_member", "malformed_mobile", null],
  )
  assert.equal(ran.json.error, null)
})

// proves 11.B21: userids that cannot be one
test("a userid that cannot be one fails alone, with why; the others are sent; exit 1", async () => {
  await using bench = await startBench()
  const long = "x".repeat(65)
  const ran = await bench.run(["send", "--json", "--user", `张三,a b,zhangsan,${long}`, "--text", "x"])
  assert.equal(ran.code, 1)
  assert.deepEqual(states(ran.json), { 张三: "invalid", "a b": "invalid", zhangsan: "sent", [long]: "invalid" })
  assert.equal(ran.json.recipients[0]?.reason, "malformed_userid")
  const zh = await bench.run(["send", "--user", "张三", "--text", "x", "--lang", "zh"])
  assert.equal(zh.code, 1)
  assert.match(zh.stderr, /无效：.*userid（账号）/)
})

const misconfigured = [
  { what: "wrong secret", env: { WECOM_APP_SECRET: "wrong" }, errcode: 40001 },
  { what: "wrong corp", env: { WECOM_CORP_ID: "ww9999999999999999" }, errcode: 40013 },
  { what: "another app's agentid", env: { WECOM_AGENT_ID: "1000003" }, errcode: 301002 },
] as const

for (const { what, env, errcode } of misconfigured) {
  test(`${what}: exit 3, what to do in both languages, one gettoken`, async () => {
    await using bench = await startBench()
    const en = await bench.run([...toZhang, "--text", "x"], { env })
    assert.equal(en.code, 3)
    assert.equal(en.json.error?.errcode, errcode)
    assert.equal(en.json.error?.class, "configuration")
    assert.notEqual(en.json.error?.hint, "")
    assert.equal((await bench.calls("gettoken")).length, 1)
    const zh = await bench.run([...toZhang, "--text", "x", "--lang", "zh"], { env })
    assert.equal(zh.code, 3)
    assert.match(zh.json.error?.message ?? "", /\p{Script=Han}/u)
    assert.match(zh.json.error?.hint ?? "", /\p{Script=Han}/u)
    // Also a second command does not ask again within the minute that WeCom wants to be left alone.
    assert.equal((await bench.calls("gettoken")).length, 1)
  })
}

test("address not trusted: exit 3, naming the address to add", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as Record<string, unknown>
  await bench.control("PUT", "org", { ...org, trusted_ips: ["203.0.113.7"] })
  const ran = await bench.run([...toZhang, "--text", "x"])
  assert.equal(ran.code, 3)
  assert.equal(ran.json.error?.errcode, 60020)
  assert.equal(ran.json.error?.["from_ip"], "127.0.0.1")
  assert.match(ran.json.error?.hint ?? "", /127\.0\.0\.1/)
})

test("app disabled: exit 3, and what to do", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as { apps: { enabled: boolean }[] }
  for (const app of org.apps) app.enabled = false
  await bench.control("PUT", "org", org)
  const ran = await bench.run([...toZhang, "--text", "x"])
  assert.equal(ran.code, 3)
  assert.ok([50003, 40001].includes(ran.json.error?.errcode ?? 0))
  assert.notEqual(ran.json.error?.hint, "")
})

test("one bad id that makes WeCom refuse a whole call is isolated; the others are sent; exit 1", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 60111, match: "outsider", times: 20 })
  const ran = await bench.run(["send", "--json", "--user", "zhangsan,outsider,lisi", "--text", "x"])
  assert.equal(ran.code, 1)
  assert.deepEqual(states(ran.json), { zhangsan: "sent", outsider: "invalid", lisi: "sent" })
})

test("cut off before anything was written, once: sent after all", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "gettoken", kind: "reset_before", times: 1 })
  assert.equal((await bench.run([...toZhang, "--text", "x"])).code, 0)
})

test("nothing listens there: exit 3, repeating is safe", async () => {
  await using bench = await startBench()
  const ran = await bench.run([...toZhang, "--text", "x"], { env: { WECOM_API_BASE_URL: "http://127.0.0.1:9" } })
  assert.equal(ran.code, 3)
  assert.equal(ran.json.error?.code, "unreachable")
  assert.deepEqual(states(ran.json), { "13800000001": "failed" })
})

for (const fault of [{ kind: "html" }, { kind: "http_status", status: 502 }]) {
  test(`gettoken answers ${fault.kind} for good: exit 3`, async () => {
    await using bench = await startBench()
    await bench.fault({ path: "gettoken", times: 1000, ...fault })
    const ran = await bench.run([...toZhang, "--text", "x"])
    assert.equal(ran.code, 3)
    assert.equal(ran.json.error?.code, "unusable_answer")
  })
}

for (const fault of [{ kind: "reset_after" }, { kind: "html" }, { kind: "http_status", status: 502 }]) {
  test(`${fault.kind} after message/send was written: exit 4, may have arrived`, async () => {
    await using bench = await startBench()
    await bench.fault({ path: "message/send", times: 1, ...fault })
    const ran = await bench.run([...toZhang, "--text", "x"])
    assert.equal(ran.code, 4)
    assert.deepEqual(states(ran.json), { "13800000001": "in_doubt" })
    assert.equal(ran.json.error?.code, "in_doubt")
    assert.equal((await bench.calls("message/send")).length, 1)
  })
}

test("the same with --duplicate-check is repeated, and shown once", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "message/send", times: 1, kind: "reset_after" })
  const ran = await bench.run([...toZhang, "--text", "x", "--duplicate-check", "600"])
  assert.equal(ran.code, 0)
  assert.equal((await bench.shown()).length, 1)
})

test("busy (-1) three times: exit 3", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "message/send", kind: "errcode", errcode: -1, times: 1000 })
  const ran = await bench.run([...toZhang, "--text", "x"])
  assert.equal(ran.code, 3)
  assert.equal(ran.json.error?.errcode, -1)
  assert.equal((await bench.calls("message/send")).length, 3)
})

const badBytes = [
  {
    what: "invalid UTF-8",
    bytes: Buffer.concat([Buffer.from("磁盘\n"), Buffer.from([0xff, 0x41])]),
    says: /byte 7 \(line 2\)/,
  },
  { what: "a lone surrogate", bytes: Buffer.from([0x61, 0xed, 0xa0, 0x80]), says: /byte 1 \(line 1\)/ },
  { what: "a NUL", bytes: Buffer.from("a\n文\0"), says: /byte 5 \(line 2\)/ },
] as const

for (const { what, bytes, says } of badBytes) {
  test(`${what} on stdin: exit 2, the position named`, async () => {
    await using bench = await startBench()
    const ran = await bench.run(toZhang, { stdin: bytes })
    assert.equal(ran.code, 2)
    assert.deepEqual(paths(ran), ["stdin"])
    assert.match(ran.json.error?.faults[0]?.message ?? "", says)
    assert.deepEqual(await bench.calls("gettoken"), [])
  })
}

test("a malformed environment: all faults at once, exit 2, the secret not repeated", async () => {
  await using bench = await startBench()
  const env = { WECOM_CORP_ID: "ww 1", WECOM_AGENT_ID: "abc", WECOM_API_BASE_URL: "ftp://x", WECOM_APP_SECRET: "" }
  const ran = await bench.run([...toZhang, "--text", "x"], { env })
  assert.equal(ran.code, 2)
  assert.deepEqual(paths(ran).toSorted(), Object.keys(env).toSorted())
})

test("no secret in anything that is printed", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "gettoken", kind: "http_status", status: 500, times: 1000 })
  for (const argv of [[...toZhang, "--text", "x"], ["doctor"], ["doctor", "--json"]]) {
    const { stdout, stderr } = await bench.run(argv)
    assert.ok(!`${stdout}${stderr}`.includes(secret), argv.join(" "))
  }
})
