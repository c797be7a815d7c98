import assert from "node:assert/strict"
import { test } from "node:test"
import { startBench } from "./testing/try-command.ts"

const someFail = ["send", "--mobile", "13800000001,13911112222,13800000008", "--text", "x"]

test("send --json has every member, also when nothing can be said", async () => {
  await using bench = await startBench()
  const { json } = await bench.run([...someFail, "--json"])
  assert.deepEqual(Object.keys(json), ["ok", "recipients", "calls", "error"])
  for (const recipient of json.recipients) {
    assert.deepEqual(Object.keys(recipient), ["type", "address", "state", "userid", "msgid", "errcode", "reason"])
  }
  for (const call of json.calls) assert.deepEqual(Object.keys(call), ["msgid", "response_code", "errcode"])
  const [sent] = json.recipients
  assert.equal(sent?.userid, "zhangsan")
  assert.equal(sent?.msgid, json.calls[0]?.msgid)
  assert.equal(json.error, null)
})

test("send --json has the same members when it fails before anything was sent", async () => {
  await using bench = await startBench()
  for (const argv of [
    ["send", "--json"],
    ["send", "--json", "--no-such-flag"],
    ["--json", "send", "--user"],
  ]) {
    const { json, code } = await bench.run(argv, { blank: true })
    assert.equal(code, 2)
    assert.deepEqual({ ...json, error: null }, { ok: false, recipients: [], calls: [], error: null })
    assert.equal(typeof json.error?.message, "string")
    assert.deepEqual(Object.keys(json.error ?? {}), ["code", "class", "errcode", "message", "hint", "faults"])
  }
})

test("an interactive card brings the code for its update", async () => {
  await using bench = await startBench()
  const card = {
    card_type: "button_interaction",
    task_id: "deploy-1",
    main_title: { title: "Deploy?" },
    button_list: [{ text: "Yes", key: "yes" }],
  }
  const ran = await bench.run(["send", "--json", "--user", "zhangsan", "--template-card", JSON.stringify(card)])
  assert.equal(ran.code, 0)
  assert.notEqual(ran.json.calls[0]?.response_code, null)
})

test("with --json stdout is one object on one line, without colour; all else is on stderr", async () => {
  await using bench = await startBench()
  const ran = await bench.run([...someFail, "--json"], { env: { FORCE_COLOR: "1" } })
  assert.equal(ran.stdout, `${JSON.stringify(ran.json)}\n`)
})

test("for people: a line each, why in sentences, the sum, and what recall needs", async () => {
  await using bench = await startBench()
  const ran = await bench.run(someFail)
  assert.equal(ran.code, 1)
  assert.match(ran.stdout, /^✓ 13800000001 {2}sent {8}zhangsan$/m)
  assert.match(ran.stdout, /^✗ 13911112222 {2}not found$/m)
  assert.match(ran.stdout, /^✗ 13800000008 {2}unlicensed$/m)
  assert.match(ran.stdout, /Recipients: 3 · sent 1 · not found 1 · unlicensed 1/)
  assert.match(ran.stdout, /msgid \(for recall\): \S+/)
  assert.match(ran.stderr, /visible range/)
})

test("in Chinese when --lang or the locale says so; LC_ALL beats LANG", async () => {
  await using bench = await startBench()
  for (const [argv, env] of [
    [[...someFail, "--lang", "zh"], {}],
    [someFail, { LANG: "zh_CN.UTF-8" }],
    [someFail, { LANG: "en_US.UTF-8", LC_ALL: "zh_TW.UTF-8" }],
  ] as const) {
    const ran = await bench.run(argv, { env })
    assert.match(ran.stdout, /^✓ 13800000001 {2}已发送 {4}zhangsan$/m)
    assert.match(ran.stdout, /接收人：3 · 已发送 1/)
    assert.match(ran.stderr, /可见范围/)
  }
  assert.match((await bench.run(someFail, { env: { LANG: "zh_CN", LC_ALL: "C" } })).stdout, /sent/)
  assert.match((await bench.run([...someFail, "--lang=en"], { env: { LANG: "zh_CN" } })).stdout, /sent/)
})

test("colour comes with FORCE_COLOR and goes with NO_COLOR; a pipe has none", async () => {
  await using bench = await startBench()
  const colourful = new RegExp(`${String.fromCharCode(27)}\\[3\\dm✓`)
  assert.doesNotMatch((await bench.run(someFail)).stdout, colourful)
  assert.match((await bench.run(someFail, { env: { FORCE_COLOR: "1" } })).stdout, colourful)
  assert.doesNotMatch((await bench.run(someFail, { env: { FORCE_COLOR: "0" } })).stdout, colourful)
  assert.doesNotMatch((await bench.run(someFail, { env: { NO_COLOR: "1" } })).stdout, colourful)
})

test("--quiet says only what went wrong", async () => {
  await using bench = await startBench()
  const well = await bench.run(["send", "--quiet", "--user", "zhangsan", "--text", "x"])
  assert.deepEqual([well.code, well.stdout, well.stderr], [0, "", ""])
  const ran = await bench.run([...someFail, "--quiet"])
  assert.doesNotMatch(ran.stdout, /13800000001|msgid|Recipients/)
  assert.match(ran.stdout, /13911112222/)
  assert.match(ran.stderr, /visible range/)
  const found = await bench.run(["lookup", "--quiet", "--mobile", "13800000001"])
  assert.equal(found.stdout, "zhangsan\n")
})

test("of a long list only those who got nothing have a line", async () => {
  await using bench = await startBench({ members: 60 })
  const many = Array.from({ length: 60 }, (_, index) => `139${String(index + 1).padStart(8, "0")}`).join(",")
  const ran = await bench.run(["send", "--mobile", `${many},13911112222`, "--text", "x"])
  assert.equal(ran.stdout.match(/^[✓✗]/gmu)?.length, 1)
  assert.match(ran.stdout, /Recipients: 61 · sent 60 · not found 1/)
})

test("when all failed for one reason, that reason is all that is said", async () => {
  await using bench = await startBench()
  const ran = await bench.run(someFail, { env: { WECOM_APP_SECRET: "wrong" } })
  assert.equal(ran.code, 3)
  assert.equal(ran.stdout, "")
  assert.match(ran.stderr, /^error: .*40001/)
})

test("a refused call is explained once, beside those who failed by themselves", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 50003, times: 1 })
  const ran = await bench.run(["send", "--mobile", "13800000001,abc", "--text", "x"])
  assert.equal(ran.code, 1)
  assert.equal(ran.stderr.match(/50003/g)?.length, 1)
  assert.match(ran.stderr, /^invalid: /m)
  assert.match(ran.stderr, /^error: .*50003/m)
})

test("lookup prints the userid and nothing else; recall says so on stderr", async () => {
  await using bench = await startBench()
  const byMail = await bench.run(["lookup", "--email", "lisi@example.com"])
  assert.deepEqual([byMail.code, byMail.stdout, byMail.stderr], [0, "lisi\n", ""])
  const sent = await bench.run(["send", "--json", "--user", "lisi", "--text", "x"])
  const msgid = sent.json.calls[0]?.msgid ?? ""
  const recalled = await bench.run(["recall", msgid])
  assert.deepEqual([recalled.code, recalled.stdout], [0, ""])
  assert.match(recalled.stderr, /Recalled/)
  assert.deepEqual((await bench.run(["recall", msgid, "--json"])).json, { ok: true, msgid, error: null })
})

test("lookup of an unknown person, and of what is no number: exit 1, state and reason in --json", async () => {
  await using bench = await startBench()
  const missing = await bench.run(["lookup", "--json", "--mobile", "13911112222"])
  assert.equal(missing.code, 1)
  assert.deepEqual([missing.json["state"], missing.json["userid"]], ["not_found", null])
  const malformed = await bench.run(["lookup", "--mobile", "12"])
  assert.equal(malformed.code, 1)
  assert.equal(malformed.stdout, "")
  assert.match(malformed.stderr, /12: invalid\. .*mobile/)
})

test("lookup takes one person: none, two, or both kinds are exit 2", async () => {
  await using bench = await startBench()
  for (const flags of [
    [],
    ["--mobile", "13800000001,13800000002"],
    ["--mobile", "13800000001", "--email", "lisi@example.com"],
    ["--mobile", ""],
  ]) {
    assert.equal((await bench.run(["lookup", ...flags])).code, 2, flags.join(" "))
  }
})

test("recall past 24 hours: exit 3 and why; a gateway's id without a gateway: exit 2", async () => {
  await using bench = await startBench()
  const sent = await bench.run(["send", "--json", "--user", "lisi", "--text", "x"])
  await bench.fault({ path: "message/recall", kind: "errcode", errcode: 42052 })
  const late = await bench.run(["recall", sent.json.calls[0]?.msgid ?? "", "--json"])
  assert.equal(late.code, 3)
  assert.equal(late.json.error?.errcode, 42052)
  assert.equal((await bench.run(["recall", "msg_0192"])).code, 2)
  assert.equal((await bench.run(["recall", ""])).code, 2)
})

test("advice to read errmsg comes with the errmsg", async () => {
  await using bench = await startBench()
  for (const lang of ["en", "zh"]) {
    const { code, stderr } = await bench.run(["recall", "abc", "--lang", lang])
    assert.equal(code, 3)
    assert.match(stderr, /errmsg(?: of WeCom: |：)invalid Request Parameter/)
  }
})

test("a msgid that starts with a dash is a msgid, not a flag", async () => {
  await using bench = await startBench()
  const msgid = "-wcXq3_8yAAAAAAAAAAAAAAAAAAAAAAAAA"
  const ran = await bench.run(["recall", msgid, "--json"])
  assert.notEqual(ran.code, 2)
  assert.equal((await bench.run(["recall", "--jsn"])).code, 2)
})

test("a warning of WeCom's display advice goes to stderr and stops nothing", async () => {
  await using bench = await startBench()
  const card = {
    card_type: "text_notice",
    main_title: { title: "长".repeat(40) },
    card_action: { type: 1, url: "https://example.com" },
  }
  const ran = await bench.run(["send", "--user", "zhangsan", "--template-card", JSON.stringify(card)])
  assert.equal(ran.code, 0)
  assert.match(ran.stderr, /^warning: .*main_title\.title/)
})

// proves 11.S24: foreign text on a terminal
test("what WeCom says of an app, and what it is asked for, is shown as text on a terminal", async () => {
  await using bench = await startBench()
  const org = (await bench.control("GET", "org")) as { apps: { name: string }[] }
  const apps = org.apps.map((app, index) => (index === 0 ? { ...app, name: "告警\u001B[2J\u202E" } : app))
  await bench.control("PUT", "org", { ...org, apps })
  const seen = await bench.run(["doctor"], { env: { FORCE_COLOR: "1" } })
  assert.equal(seen.code, 0, seen.stderr)
  assert.match(seen.stdout, /告警\\u001b\[2J\\u202e/)
  const sent = await bench.run(["send", "--user", "no\u001B[2Jbody,zhangsan", "--text", "x"])
  for (const { stdout, stderr } of [seen, sent]) {
    for (const command of ["\u001B[2J", "\u202E"]) assert.ok(!(stdout + stderr).includes(command))
  }
})

const FORGED = "x\n✓ 13800000009  sent\r\n✓ all well\u0085✓ 1\u2028✓ 2"

// proves 11.S24: foreign text on a terminal
test("a line end in what WeCom answers begins no line of its own, in send, lookup and doctor", async () => {
  await using bench = await startBench()
  const person = { errcode: 0, errmsg: FORGED, userid: FORGED }
  for (const [path, answer, argv] of [
    ["user/getuserid", person, ["lookup", "--mobile", "13800000001"]],
    ["user/getuserid", person, ["send", "--mobile", "13800000002", "--text", "x"]],
    ["agent/get", { errcode: 0, errmsg: FORGED, agentid: 1000002, name: FORGED }, ["doctor"]],
    ["agent/get", { errcode: 60020, errmsg: `no, from ip: 192.0.2.1${FORGED}` }, ["doctor"]],
  ] as const) {
    await bench.fault({ path, kind: "http_status", status: 200, body: JSON.stringify(answer), times: 1 })
    const ran = await bench.run(argv)
    const lines = `${ran.stdout}${ran.stderr}`.split(/\r\n|[\n\r\u0085\u2028]/)
    assert.ok(!lines.some((line) => /^✓ (?:138|all|\d$)/.test(line)), lines.join("\n"))
  }
})

test("a line end in an address begins no line of its own either", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--user", "张三\n✓ lisi  sent", "--text", "x"])
  assert.equal(ran.code, 1)
  assert.doesNotMatch(ran.stdout, /^✓/m)
})
