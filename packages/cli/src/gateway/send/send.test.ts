import assert from "node:assert/strict"
import { test } from "node:test"
import { startBadLine } from "../../testing/bad-line.ts"
import { adminKey, startGatewayBench } from "../../testing/gateway-bench.ts"
import { person } from "../../testing/person.ts"
import { startBench } from "../../testing/try-command.ts"
import type { Ran } from "../../testing/try-command.ts"

const mixed = ["send", "--mobile", "13800000001,13812345678,13800000008", "--user", "WangWu", "--text", "你好"]

function faultPaths({ json }: Ran): string[] {
  return (json.error?.faults ?? []).map(({ path }) => path).toSorted()
}

function told({ json }: Ran): string[] {
  return json.recipients
    .map(({ msgid, ...rest }) => JSON.stringify({ ...rest, canBeRecalled: rest.state === "sent" && msgid !== null }))
    .toSorted()
}

test("through a gateway: the same table, the same --json and the same exit code as a direct send", async () => {
  await using direct = await startBench()
  await using through = await startGatewayBench()
  const [one, other] = [await direct.run([...mixed, "--json"]), await through.run([...mixed, "--json"])]
  assert.deepEqual([one.code, other.code], [1, 1])
  assert.deepEqual([other.json.ok, other.json.error], [false, null])
  assert.deepEqual(told(other), told(one))
  assert.deepEqual(
    other.json.calls.map((call) => Object.keys(call)),
    one.json.calls.map((call) => Object.keys(call)),
  )
  assert.match(String(other.json["id"]), /^msg_/)
  assert.equal((await through.shown()).length, 2)

  const screen = await through.run([...mixed.slice(0, -1), "又一次"])
  assert.equal(screen.code, 1)
  assert.match(screen.stdout, /✓ 13800000001 +sent +zhangsan/)
  assert.match(screen.stdout, /✗ 13812345678 +not found/)
  assert.match(screen.stdout, /Recipients: 4 · sent 2 · not found 1 · unlicensed 1/)
  assert.match(screen.stdout, /message \(for recall and status\): msg_/)
  assert.match(screen.stderr, /not found: WeCom said a short while ago .*--fresh.*\nunlicensed: /)
})

// proves 11.B30: strict
test("--no-strict, and what is odd about a pasted sample, go through a gateway with the warnings of a direct send", async () => {
  await using direct = await startBench()
  await using through = await startGatewayBench()
  const textcard = { title: "请假", description: "两天", url: "https://a.example.com", btntxt: "打开详情页", more: 1 }
  const sample = { touser: "lisi", agentid: 1, msgtype: "textcard", textcard, enable_duplicate_check: 0, safe: 1 }
  const argv = ["send", "--json", "--user", "zhangsan", "--textcard", JSON.stringify(sample)]
  for (const bench of [direct, through]) {
    const refused = await bench.run(argv)
    assert.deepEqual([refused.code, ...faultPaths(refused)], [2, "safe", "textcard.btntxt"])
  }
  const [one, other] = [await direct.run([...argv, "--no-strict"]), await through.run([...argv, "--no-strict"])]
  assert.deepEqual([one.code, other.code], [0, 0])
  const warnings = one.json["warnings"] as readonly { readonly path: string }[]
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ["touser", "agentid", "enable_duplicate_check", "safe", "textcard.btntxt", "textcard.more"],
  )
  assert.deepEqual(other.json["warnings"], warnings)
})

test("a card's response_code is reported, as by a direct send", async () => {
  await using bench = await startGatewayBench()
  const card = {
    card_type: "button_interaction",
    task_id: "deploy-1",
    main_title: { title: "要发布吗？" },
    button_list: [{ text: "发布", key: "go" }],
  }
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--template-card", JSON.stringify(card)])
  assert.equal(ran.code, 0)
  assert.deepEqual(
    ran.json.calls.map(({ errcode }) => errcode),
    [0],
  )
  assert.match(String(ran.json.calls[0]?.response_code), /^[\w-]{20,}$/)
})

test("all accepted: exit 0", async () => {
  await using bench = await startGatewayBench()
  const ran = await bench.run(["send", "--json", "--mobile", "13800000001", "--text", "x"])
  assert.equal(ran.code, 0)
  assert.equal(ran.json.ok, true)
  assert.deepEqual(
    (await bench.shown()).map(({ userid }) => userid),
    ["zhangsan"],
  )
})

test("--gateway and --key beat the environment", async () => {
  await using bench = await startGatewayBench()
  const env = { WECOM_PUSH_URL: "http://127.0.0.1:9", WECOM_PUSH_KEY: "wrong" }
  const flags = ["--gateway", `${bench.gateway.url}/`, "--key", adminKey]
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "x", ...flags], { env })).code, 0)
})

// proves 10.8: exit codes, keys, small things
test("what only a gateway knows arrives there", async () => {
  await using bench = await startGatewayBench()
  // Inside the year that a gateway takes: the test must not end with it.
  const at = new Date(Date.now() + 3_600_000).toISOString()
  const until = new Date(Date.now() + 7_200_000).toISOString()
  const delivery = ["--app", "alerts", "--priority", "high", "--order-key", "deploy-4711", "--overflow", "split"]
  const times = ["--send-at", at, "--expires-at", until, "--wait", "0"]
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--text", "x".repeat(3000), ...delivery, ...times])
  assert.deepEqual([ran.code, ran.json.ok, ran.json.error], [0, true, null])
  assert.equal(ran.json["state"], "scheduled")
  const { json } = await bench.api("GET", `/v1/messages/${String(ran.json["id"])}`)
  assert.deepEqual([json.app, json.priority, json.order_key], ["alerts", "high", "deploy-4711"])
  assert.deepEqual([json.send_at, json.expires_at], [at, until])
})

test("--duplicate-check asks for WeCom's own check: the second equal message is suppressed, which is no failure", async () => {
  await using bench = await startGatewayBench()
  const argv = ["send", "--json", "--user", "lisi", "--text", "same", "--duplicate-check", "600"]
  assert.equal((await bench.run(argv)).code, 0)
  const second = await bench.run(argv)
  assert.equal(second.code, 0)
  assert.equal(second.json.recipients[0]?.state, "suppressed")
  assert.equal((await bench.shown()).length, 1)
})

test("without a key of its own each send is a message; with the same one it is the first, and says so", async () => {
  await using bench = await startGatewayBench()
  const argv = ["send", "--user", "lisi", "--text", "x"]
  await bench.run(argv)
  await bench.run(argv)
  assert.equal((await bench.shown()).length, 2)
  const keyed = [...argv, "--idempotency-key", "deploy-1"]
  const first = await bench.run([...keyed, "--json"])
  const again = await bench.run([...keyed, "--json"])
  assert.equal(again.code, 0)
  assert.equal(again.json["id"], first.json["id"])
  assert.equal(again.json["idempotency_key"], "deploy-1")
  assert.match(again.stderr, /nothing new was sent/)
  assert.equal((await bench.shown()).length, 3)
  const other = await bench.run(["send", "--json", "--user", "lisi", "--text", "y", "--idempotency-key", "deploy-1"])
  assert.equal(other.code, 2)
  assert.equal(other.json.error?.code, "idempotency_key_reused")
})

test("a lost answer is asked for again: the message arrives once", async () => {
  await using bench = await startGatewayBench()
  await using line = await startBadLine(bench.gateway.url)
  let losses = 2
  line.trouble = (method) => (method === "POST" && losses-- > 0 ? "lost" : undefined)
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--text", "once"], {
    env: { WECOM_PUSH_URL: line.url },
    realTime: false,
  })
  assert.equal(ran.code, 0, ran.stderr)
  assert.doesNotMatch(ran.stderr, /nothing new was sent/)
  const keys = line.seen.filter(({ method }) => method === "POST").map(({ headers }) => headers["idempotency-key"])
  assert.equal(keys.length, 3)
  assert.equal(new Set(keys).size, 1)
  assert.equal((await bench.shown()).length, 1)
})

test("every answer lost: exit 4, and how to repeat it safely", async () => {
  await using bench = await startGatewayBench()
  await using line = await startBadLine(bench.gateway.url)
  line.trouble = (method) => (method === "POST" ? "lost" : undefined)
  const argv = ["send", "--user", "lisi", "--text", "once"]
  const ran = await bench.run(argv, { env: { WECOM_PUSH_URL: line.url }, realTime: false })
  assert.equal(ran.code, 4)
  const key = /--idempotency-key ([\w-]+)/.exec(ran.stderr)?.[1] ?? ""
  assert.notEqual(key, "")
  assert.equal((await bench.run([...argv, "--idempotency-key", key])).code, 0)
  assert.equal((await bench.shown()).length, 1)
})

test("a gateway that is away, or something else that answers: exit 3, named, with what to do", async () => {
  await using bench = await startGatewayBench()
  const send = ["send", "--json", "--user", "lisi", "--text", "x"]
  const away = await bench.run(send, { env: { WECOM_PUSH_URL: "http://127.0.0.1:9" }, realTime: false })
  assert.deepEqual([away.code, away.json.error?.code], [3, "gateway_unreachable"])
  assert.match(away.json.error?.message ?? "", /127\.0\.0\.1:9.*ECONNREFUSED/)
  const tls = { WECOM_PUSH_URL: bench.gateway.url.replace("http:", "https:") }
  const plain = await bench.run(send, { env: tls, realTime: false })
  assert.deepEqual([plain.code, plain.json.error?.code], [3, "gateway_unreachable"])
  assert.match(plain.json.error?.hint ?? "", /with http:\/\//)
  const simulator = await bench.run(send, { env: { WECOM_PUSH_URL: bench.url }, realTime: false })
  assert.deepEqual([simulator.code, simulator.json.error?.code], [3, "gateway_unusable_answer"])
  assert.deepEqual(await bench.shown(), [])
})

// proves 10.8: exit codes, keys, small things
test("a bad key: exit 2, and the flag, variable or file it came from is named", async () => {
  await using bench = await startGatewayBench()
  const send = ["send", "--user", "lisi", "--text", "x"]
  const file = await bench.file("key.txt", "wp_wrong\n")
  for (const [argv, env, named] of [
    [["--key", "wp_wrong"], {}, "--key (flag)"],
    [[], { WECOM_PUSH_KEY: "wp_wrong" }, "WECOM_PUSH_KEY (environment)"],
    [[], { WECOM_PUSH_KEY: "", WECOM_PUSH_KEY_FILE: file }, "WECOM_PUSH_KEY_FILE (environment)"],
  ] as const) {
    const ran = await bench.run([...send, ...argv], { env })
    assert.equal(ran.code, 2)
    assert.ok(ran.stderr.includes(`refuses this key: ${named}`), ran.stderr)
    assert.match(ran.stderr, /wecom-push keys create/)
    assert.doesNotMatch(ran.stderr, /wp_wrong|Authorization|query string/)
  }
  assert.deepEqual(await bench.shown(), [])
})

test("a gateway's address with a path of the API: the advice is to leave the path out, and it works", async () => {
  await using bench = await startGatewayBench()
  const send = ["send", "--user", "lisi", "--text", "x", "--app", "alerts"]
  const env = { WECOM_PUSH_URL: `${bench.gateway.url}/v1` }
  const en = await bench.run([...send, "--lang", "en"], { env })
  assert.equal(en.code, 3)
  assert.match(en.stderr, /address of the gateway without a path/)
  const zh = await bench.run(["doctor", "--gateway", "--lang", "zh"], { env })
  assert.match(zh.stdout, /网关地址不要带路径/)
  assert.equal((await bench.run(send, { env: { WECOM_PUSH_URL: bench.gateway.url } })).code, 0)
})

// proves 10.8: exit codes, keys, small things
test("an unknown app and a missing one: exit 2, with the apps that the key holds, also for a key that may only send", async () => {
  await using bench = await startGatewayBench(["alerts", "hr"])
  const key = (
    await bench.run(["keys", "create", "--name", "k", "--scope", "send", "--app", "alerts,hr"])
  ).stdout.trim()
  for (const [app, lang, sentence] of [
    [["--app", "allerts"], "en", /no app of this name; it holds alerts, hr/],
    [["--app", "allerts"], "zh", /可用的有：alerts、hr/],
    [[], "en", /name one: it holds alerts, hr/],
  ] as const) {
    for (const command of [
      ["send", "--user", "lisi", "--text", "x"],
      ["lookup", "--gateway", bench.gateway.url, "--mobile", "13800000001"],
    ]) {
      const ran = await bench.run([...command, ...app, "--lang", lang], { env: { WECOM_PUSH_KEY: key } })
      assert.equal(ran.code, 2, ran.stderr)
      assert.match(ran.stderr, sentence)
    }
  }
})

test("a refusal names the flag behind the field, in the user's language", async () => {
  await using bench = await startGatewayBench(["alerts", "hr"])
  const send = ["send", "--user", "lisi", "--text", "x"]
  for (const [more, path, en, zh] of [
    [[], "--app", /name one/, /请指明/],
    [["--app", "nothere"], "--app", /nothere|no app/i, /应用/],
    [["--app", "hr", "--send-at", "2020-01-01T00:00:00Z"], "--send-at", /past|minutes/, /过去|分钟/],
  ] as const) {
    const ran = await bench.run([...send, ...more, "--json"])
    assert.equal(ran.code, 2, ran.stdout)
    const spoken = JSON.stringify(ran.json.error)
    assert.match(spoken, en)
    if (ran.json.error?.faults.length !== 0) assert.deepEqual(faultPaths(ran), [path])
    const chinese = await bench.run([...send, ...more, "--lang", "zh"])
    assert.match(chinese.stderr, zh)
    assert.match(chinese.stderr, /^错误：\p{Script=Han}/u)
  }
})

test("faults found before any request: exit 2, all together", async () => {
  await using bench = await startGatewayBench()
  const what = ["send", "--json", "--text", "x", "--user", "a|b", "--priority", "urgent", "--order-key", ""]
  const when = ["--send-at", "tomorrow", "--expires-at", "2026-12-01T09:00:00", "--wait", "-1"]
  const ran = await bench.run([...what, ...when, "--idempotency-key", "键"], {
    env: { WECOM_PUSH_URL: "nonsense", WECOM_PUSH_KEY: "with blank" },
  })
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran), [
    "--expires-at",
    "--idempotency-key",
    "--order-key",
    "--priority",
    "--send-at",
    "--user",
    "--wait",
    "WECOM_PUSH_KEY",
    "WECOM_PUSH_URL",
  ])
  assert.deepEqual((await bench.api("GET", "/v1/messages")).json.items, [])
})

test("a flag without use here is refused by name, with a gateway and without one", async () => {
  await using through = await startGatewayBench()
  const direct = ["--dry-run", "--fresh", "--corp-id", "ww1", "--agent-id", "1", "--base-url", "http://x"]
  const ran = await through.run(["send", "--json", "--user", "lisi", "--text", "x", ...direct])
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran), ["--agent-id", "--base-url", "--corp-id", "--dry-run", "--fresh"])
  assert.match(ran.json.error?.faults[0]?.message ?? "", /WECOM_PUSH_URL/)
  await using without = await startBench()
  const only = ["--key", "k", "--app", "a", "--priority", "high", "--order-key", "o", "--send-at", "t"]
  const more = ["--expires-at", "t", "--idempotency-key", "i", "--wait", "1"]
  const refused = await without.run(["send", "--json", "--user", "lisi", "--text", "x", ...only, ...more])
  assert.equal(refused.code, 2)
  assert.deepEqual(faultPaths(refused), [
    "--app",
    "--expires-at",
    "--idempotency-key",
    "--key",
    "--order-key",
    "--priority",
    "--send-at",
    "--wait",
  ])
  assert.deepEqual([...(await through.shown()), ...(await without.shown())], [])
})

test("still pending when --wait is over: exit 4, with what prevents it; corrected, the message arrives", async () => {
  await using bench = await startGatewayBench()
  const org = (await bench.control("GET", "org")) as Record<string, unknown>
  await bench.control("PUT", "org", { ...org, trusted_ips: ["203.0.113.7"] })
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--text", "x", "--wait", "1"])
  assert.equal(ran.code, 4)
  assert.equal(ran.json.recipients[0]?.state, "pending")
  assert.equal(ran.json.error?.code, "pending")
  assert.equal(ran.json.error?.errcode, 60020)
  assert.match(ran.json.error?.hint ?? "", /paused.*127\.0\.0\.1/)
  const screen = await bench.run(["send", "--user", "lisi", "--text", "y", "--wait", "0"])
  assert.equal(screen.code, 4)
  assert.match(screen.stderr, /Still pending.*wecom-push status msg_/)
  assert.doesNotMatch(screen.stderr, /error:/)
})

test("a message that WeCom refuses as a whole: exit 3, with its code and what to do", async () => {
  await using bench = await startGatewayBench()
  await bench.fault({ path: "message/send", kind: "errcode", errcode: 43012 })
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--text", "x"])
  assert.equal(ran.code, 3)
  assert.deepEqual([ran.json.recipients[0]?.state, ran.json.error?.errcode], ["failed", 43012])
})

test("a key that may not read: the message is accepted and says so, its outcome is unknown (4)", async () => {
  await using bench = await startGatewayBench()
  const { json } = await bench.api("POST", "/v1/keys", { name: "writer", scopes: ["send"], apps: "all" })
  const ran = await bench.run(["send", "--json", "--user", "lisi", "--text", "x"], {
    env: { WECOM_PUSH_KEY: json.key },
  })
  assert.equal(ran.code, 4)
  assert.match(ran.json.error?.message ?? "", /Accepted as msg_.*read/)
  assert.equal(ran.json.error?.code, "insufficient_scope")
  assert.match(String(ran.json["id"]), /^msg_/)
})

test("--all asks before everybody gets it, through a gateway too, and needs the scope", async () => {
  await using bench = await startGatewayBench()
  const all = ["send", "--json", "--all", "--text", "x"]
  assert.deepEqual(faultPaths(await bench.run(all)), ["--all"])
  const refusal = await bench.run(all, { questions: person(["no"]) })
  assert.deepEqual([refusal.code, refusal.json.error?.code], [2, "not_confirmed"])
  assert.equal((await bench.run([...all, "--yes"])).code, 0)
  const { json } = await bench.api("POST", "/v1/keys", { name: "writer", scopes: ["send", "read"], apps: "all" })
  const refused = await bench.run([...all, "--yes"], { env: { WECOM_PUSH_KEY: json.key } })
  assert.deepEqual([refused.code, refused.json.error?.code], [3, "insufficient_scope"])
})

test("Ctrl-C while waiting: exit 130, and the gateway continues", async () => {
  await using bench = await startGatewayBench()
  await bench.fault({ path: "message/send", kind: "slow", delay_ms: 400, times: 1 })
  const controller = new AbortController()
  const ran = bench.run(["send", "--json", "--user", "lisi", "--text", "x"], { signal: controller.signal })
  let items: unknown[] = []
  while (items.length === 0) items = (await bench.api("GET", "/v1/messages")).json.items
  controller.abort()
  const { code, json } = await ran
  assert.equal(code, 130)
  assert.equal(json.error?.code, "aborted")
  assert.match(json.error?.message ?? "", /wecom-push recall msg_/)
  while ((await bench.shown()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
})

test("a thousand people: the screen shows who got nothing, --json shows all", async () => {
  await using bench = await startGatewayBench()
  const users = Array.from({ length: 300 }, (_, n) => (n === 7 ? "lisi" : `nobody${n}`)).join(",")
  const argv = ["send", "--user", users, "--text", "x"]
  const screen = await bench.run(argv)
  assert.equal(screen.code, 1)
  assert.doesNotMatch(screen.stdout, /^✓/m)
  assert.match(screen.stdout, /Recipients: 300 · sent 1 · invalid 299/)
  assert.ok(screen.stdout.split("\n").length < 120)
  const json = await bench.run([...argv.slice(0, -1), "y", "--json"])
  assert.equal(json.json.recipients.length, 300)
})

// proves 32.chats: the command
test("--chat sends into group chats through a gateway, beside people too", async () => {
  await using bench = await startGatewayBench([])
  const app = { name: "all", corp_id: "ww0000000000000001", agent_id: 1_000_004, secret: "sim-secret-root" }
  assert.equal((await bench.api("POST", "/v1/apps", app)).status, 201)
  const ran = await bench.run(["send", "--chat", "simchat,none", "--user", "WangWu", "--text", "值班"])
  assert.equal(ran.code, 1, ran.stderr)
  assert.match(ran.stdout, /✓ chat simchat +sent/)
  assert.match(ran.stdout, /✗ chat none +invalid/)
  assert.match(ran.stdout, /✓ WangWu +sent/)
  assert.match(ran.stderr, /40050/)
})
