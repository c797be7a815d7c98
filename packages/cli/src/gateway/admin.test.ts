import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { startGatewayBench } from "../testing/gateway-bench.ts"
import { person } from "../testing/person.ts"
import type { Ran } from "../testing/try-command.ts"

function faultPaths({ json }: Ran): string[] {
  return (json.error?.faults ?? []).map(({ path }) => path)
}

test("a key is made for one program and its apps; only the key itself is on stdout, and it works until it is revoked", async () => {
  await using bench = await startGatewayBench(["alerts", "hr"])
  const create = ["keys", "create", "--name", "alertmanager", "--scope", "send,read", "--app", "alerts"]
  const made = await bench.run([...create, "--audience-cap", "2", "--overflow", "split"])
  assert.equal(made.code, 0)
  const key = made.stdout.trim()
  assert.match(key, /^wp_[\w-]{43}$/)
  const send = ["send", "--json", "--text", "x", "--user"]
  const env = { WECOM_PUSH_KEY: key }
  assert.equal((await bench.run([...send, "lisi"], { env })).code, 0)
  assert.equal((await bench.run([...send, "lisi,zhangsan,WangWu"], { env })).code, 2)
  assert.equal((await bench.run([...send, "lisi", "--app", "hr"], { env })).code, 2)
  assert.equal((await bench.run(["apps"], { env })).code, 3)

  const listed = await bench.run(["keys", "list"])
  assert.match(
    listed.stdout,
    new RegExp(`^key_\\S+  ${key.slice(0, 8)}…  alertmanager\n  send, read · alerts · at most 2`),
  )
  const id = /^(key_\S+)/.exec(listed.stdout)?.[1] ?? ""
  const rotated = await bench.run(["keys", "rotate", id, "--json"])
  assert.equal(rotated.code, 0)
  assert.equal((await bench.run(["keys", "revoke", id])).code, 0)
  assert.equal((await bench.run([...send, "lisi"], { env })).json.error?.code, "unauthorized")
  const successor = { WECOM_PUSH_KEY: String(rotated.json["key"]) }
  assert.equal((await bench.run([...send, "lisi"], { env: successor })).code, 0)
  assert.match((await bench.run(["keys", "list"])).stdout, /revoked \d{4}/)
  const json = await bench.run(["keys", "list", "--json"])
  assert.equal((json.json["keys"] as unknown[]).length, 2)
  assert.doesNotMatch(json.stdout, new RegExp(key))
})

// proves 28.D4: all of a key or an app cancelled
test("an administrator cancels all that a key has unfinished, or an app, and says so without a terminal", async () => {
  await using bench = await startGatewayBench(["alerts", "hr"])
  const made = await bench.api("POST", "/v1/keys", { name: "k", scopes: ["send"], apps: ["alerts"] })
  const { id, key } = made.json
  const message = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "x" } }
  const sendAt = new Date(Date.now() + 86_400_000).toISOString()
  const post = (as?: string) => bench.api("POST", "/v1/messages", { ...message, send_at: sendAt }, as)
  const ids = [await post(key), await post(key), await post()].map(({ json }) => String(json.id))
  const asked = await bench.run(["cancel", "--all-of-key", id, "--json"])
  assert.deepEqual([asked.code, faultPaths(asked)], [2, ["--yes"]])
  const askedInChinese = await bench.run(["cancel", "--all-of-key", id, "--lang", "zh"])
  assert.match(askedInChinese.stderr, /--yes：取消/)
  const both = await bench.run(["cancel", ids[0] ?? "", "--all-of-app", "alerts", "--yes", "--json"])
  assert.deepEqual([both.code, faultPaths(both)], [2, ["id"]])
  assert.deepEqual((await bench.run(["cancel", "--json"])).code, 2)
  const refused = await bench.run(["cancel", "--all-of-key", id, "--json"], { questions: person(["no"]) })
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "not_confirmed"])
  const ofNone = await bench.run(["cancel", "--all-of-app", "none", "--yes", "--json"])
  assert.deepEqual([ofNone.code, faultPaths(ofNone)], [2, ["--all-of-app"]])
  const ofKey = await bench.run(["cancel", "--all-of-key", id, "--yes"])
  assert.deepEqual([ofKey.code, ofKey.stderr.trim()], [0, "Messages cancelled: 2; recipients: 2."])
  const ofApp = await bench.run(["cancel", "--all-of-app", "alerts", "--yes", "--json"])
  assert.deepEqual([ofApp.code, ofApp.json["messages"], ofApp.json["ok"]], [0, 1, true])
  for (const one of ids) assert.equal((await bench.api("GET", `/v1/messages/${one}`)).json.state, "cancelled")
  assert.equal((await bench.run(["cancel", "--all-of-key", "key_none", "--yes"])).code, 3)
  assert.equal((await bench.run(["apps", "remove", "alerts"])).code, 0)
})

test("a key without a name, or with a scope or cap that is none: exit 2, all reported", async () => {
  await using bench = await startGatewayBench()
  const argv = ["keys", "create", "--json", "--scope", "all", "--audience-cap", "0", "--overflow", "drop"]
  const ran = await bench.run(argv)
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran), ["--name", "--scope", "--audience-cap", "--overflow"])
  assert.equal((await bench.run(["keys", "revoke", "key_0"])).code, 3)
})

test("a new admin key is made in the database of the machine, while the gateway runs on it", async () => {
  await using bench = await startGatewayBench()
  const admin = ["keys", "create", "--admin"]
  const made = await bench.run([...admin, "--database", "sqlite:gateway.db"], { env: { WECOM_PUSH_KEY: "" } })
  assert.equal(made.code, 0)
  const key = made.stdout.trim()
  assert.match(key, /^wp_/)
  assert.equal((await bench.run(["apps"], { env: { WECOM_PUSH_KEY: key } })).code, 0)
  const nowhere = await bench.run([...admin, "--json"])
  assert.equal(nowhere.code, 2)
  assert.equal(nowhere.json.error?.code, "no_database")
})

// proves 10.8: exit codes, keys, small things
test("keys alone lists them, as apps does; what does not go with --admin is exit 2, all reported", async () => {
  await using bench = await startGatewayBench()
  const listed = await bench.run(["keys"])
  assert.deepEqual([listed.code, listed.stdout], [0, (await bench.run(["keys", "list"])).stdout])
  assert.equal(listed.stdout.includes("wp_"), false, "no key is made")
  const both = await bench.run(["keys", "create", "--admin", "--json", "--scope", "send", "--key", "wp_x"])
  assert.deepEqual([both.code, faultPaths(both)], [2, ["--scope", "--key"]])
  const remote = await bench.run(["keys", "create", "--name", "k", "--json", "--database", "sqlite:gateway.db"])
  assert.deepEqual([remote.code, faultPaths(remote)], [2, ["--database"]])
})

// proves 10.8: exit codes, keys, small things
test("the key that the command itself uses is not revoked without a further word", async () => {
  await using bench = await startGatewayBench()
  const made = await bench.run(["keys", "create", "--admin", "--json", "--database", "sqlite:gateway.db"])
  const env = { WECOM_PUSH_KEY: String(made.json["key"]) }
  const id = String(made.json["id"])
  for (const [lang, sentence] of [
    ["en", /revoke the key that this command uses \(WECOM_PUSH_KEY, environment\)/],
    ["zh", /吊销本命令正在使用的密钥/],
  ] as const) {
    const refused = await bench.run(["keys", "revoke", id, "--lang", lang], { env })
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, sentence)
  }
  assert.equal((await bench.run(["keys"], { env })).code, 0)
  const kept = await bench.run(["keys", "revoke", id], { env, questions: person(["no"]) })
  assert.deepEqual([kept.code, /Nothing was revoked/.test(kept.stderr)], [2, true])
  assert.equal((await bench.run(["keys", "revoke", id, "--yes"], { env })).code, 0)
  assert.equal((await bench.run(["keys"], { env })).code, 2)
})

test("an app is registered from the environment or from flags, changed, and removed", async () => {
  await using bench = await startGatewayBench([])
  assert.match((await bench.run(["apps"])).stderr, /No apps yet/)
  const env = { WECOM_CORP_ID: "ww0000000000000001", WECOM_APP_SECRET: "sim-secret-alerts", WECOM_AGENT_ID: "1000002" }
  assert.equal((await bench.run(["apps", "add", "alerts"], { env })).code, 0)
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "x"])).code, 0)
  const again = await bench.run(["apps", "add", "alerts", "--json"], { env })
  assert.deepEqual([again.code, again.json.error?.code], [3, "app_exists"])

  await bench.file("secret.txt", "sim-secret-hr\n")
  const flags = ["--corp-id", "ww0000000000000001", "--agent-id", "1000003", "--secret-file", "secret.txt"]
  const added = await bench.run(["apps", "add", "hr", ...flags, "--set", "member_per_minute=20", "--json"])
  assert.equal(added.code, 0)
  assert.doesNotMatch(added.stdout, /sim-secret/)
  const set = ["--set", "concurrent_calls=3", "--set", "member_per_hour=null"]
  assert.equal((await bench.run(["apps", "update", "hr", ...set])).code, 0)
  const settings = async (): Promise<unknown> => (await bench.api("GET", "/v1/apps/hr")).json.settings
  assert.deepEqual(await settings(), { member_per_minute: 20, concurrent_calls: 3, member_per_hour: null })
  await bench.run(["apps", "update", "hr", "--set", "member_per_minute="])
  assert.deepEqual(await settings(), { concurrent_calls: 3, member_per_hour: null })
  const listed = await bench.run(["apps", "list"])
  assert.match(listed.stdout, /^alerts {2}running {2}ww0000000000000001 {2}1000002\nhr {2}running/)
  assert.match(listed.stdout, /settings: member_per_hour=null concurrent_calls=3/)
  assert.equal((await bench.run(["apps", "remove", "hr"])).code, 0)
  assert.equal((await bench.run(["apps", "remove", "hr"])).code, 2)
})

// proves 32.bot-environment: registered by the command
test("a smart robot is registered by its Bot ID and a file with its secret, and changed", async () => {
  await using bench = await startGatewayBench([])
  await bench.file("secret.txt", "sim-bot-secret\n")
  const flags = ["--bot-id", "sim-bot", "--secret-file", "secret.txt"]
  const added = await bench.run(["apps", "add", "assistant", ...flags, "--json"])
  assert.deepEqual([added.code, added.json["kind"]], [0, "bot"])
  assert.doesNotMatch(added.stdout, /sim-bot/)
  assert.match((await bench.run(["apps", "list"])).stdout, /^assistant {2}running {2}bot/)
  const changed = await bench.run(["apps", "update", "assistant", "--bot-id", "other", "--secret-file", "secret.txt"])
  assert.equal(changed.code, 0)
  for (const [wrong, path] of [
    [["--bot-id", "sim-bot"], "--secret-file"],
    [[...flags, "--robot-key-file", "secret.txt"], "--robot-key-file"],
  ] as const) {
    const refused = await bench.run(["apps", "add", "another", ...wrong, "--json"])
    assert.deepEqual([refused.code, refused.json.error?.faults?.[0]?.path], [2, path])
  }
})

test("another name of an agent reports whose limits it has, and other limits are refused with the name that has them", async () => {
  await using bench = await startGatewayBench()
  const env = { WECOM_CORP_ID: "ww0000000000000001", WECOM_APP_SECRET: "sim-secret-alerts", WECOM_AGENT_ID: "1000002" }
  await bench.run(["apps", "update", "alerts", "--set", "member_per_minute=20"])
  const refused = await bench.run(["apps", "add", "alarms", "--set", "member_per_minute=30"], { env })
  assert.equal(refused.code, 3)
  assert.match(refused.stderr, /alerts is the same agent, and has another member_per_minute: 20/)
  const added = await bench.run(["apps", "add", "alarms"], { env })
  assert.match(added.stderr, /App alarms is registered\.\nThe same agent as alerts: its limits are theirs too\./)
  const listed = await bench.run(["apps", "--lang", "zh"])
  assert.match(listed.stdout, /设置：member_per_minute=20\n {2}与 alerts 是同一个 agent，共用一套限制。/)
})

test("updates of different settings at once are all there: one that was overtaken reads them again", async () => {
  await using bench = await startGatewayBench()
  const names = ["member_per_minute", "member_per_hour", "concurrent_calls", "account_cap"]
  const ran = await Promise.all(names.map((name) => bench.run(["apps", "update", "alerts", "--set", `${name}=7`])))
  assert.deepEqual(
    ran.map(({ code }) => code),
    [0, 0, 0, 0],
  )
  assert.deepEqual(
    (await bench.api("GET", "/v1/apps/alerts")).json.settings,
    Object.fromEntries(names.map((name) => [name, 7])),
  )
})

test("update takes nothing from the environment, where another app's secret may be", async () => {
  await using bench = await startGatewayBench()
  const env = { WECOM_APP_SECRET: "another-secret", WECOM_CORP_ID: "ww9", WECOM_AGENT_ID: "1" }
  const nothing = await bench.run(["apps", "update", "alerts", "--json"], { env })
  assert.deepEqual([nothing.code, faultPaths(nothing)], [2, ["update"]])
  assert.equal((await bench.run(["apps", "update", "alerts", "--set", "concurrent_calls=5"], { env })).code, 0)
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "x"])).code, 0)
})

test("what is wrong with an app is reported all together: exit 2", async () => {
  await using bench = await startGatewayBench()
  const argv = ["apps", "add", "Big App", "--json", "--agent-id", "x", "--secret-file", "none.txt", "--set", "a"]
  const ran = await bench.run(argv)
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran).toSorted(), ["--agent-id", "--secret-file", "--set", "WECOM_CORP_ID", "name"])
})

async function pauseApp(bench: Awaited<ReturnType<typeof startGatewayBench>>): Promise<void> {
  const org = (await bench.control("GET", "org")) as Record<string, unknown>
  await bench.control("PUT", "org", { ...org, trusted_ips: ["203.0.113.7"] })
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "x", "--wait", "1"])).code, 4)
}

test("a paused app is reported with its time, the reason, and what to do", async () => {
  await using bench = await startGatewayBench()
  await pauseApp(bench)
  const ran = await bench.run(["apps"])
  assert.equal(ran.code, 0)
  assert.match(ran.stdout, /^alerts {2}paused/)
  assert.match(ran.stdout, /paused since \d{4}-.*60020/)
  assert.match(ran.stdout, /→ .*127\.0\.0\.1/)
})

interface ToldStep {
  readonly step: string
  readonly state: string
  readonly details: readonly string[]
  readonly hint: string | null
}

// proves 3.9: for operators
test("doctor --gateway: reach, key with its scopes, sync setting, readiness, apps, one person", async () => {
  await using bench = await startGatewayBench()
  const ran = await bench.run(["doctor", "--gateway", "--json", "--mobile", "13800000001"])
  assert.equal(ran.code, 0)
  const steps = ran.json["steps"] as ToldStep[]
  assert.deepEqual(
    steps.map(({ step, state }) => [step, state]),
    [
      ["reach", "ok"],
      ["key", "ok"],
      ["database", "ok"],
      ["readiness", "ok"],
      ["apps", "ok"],
      ["person", "ok"],
    ],
  )
  assert.match(steps[1]?.details.join(" ") ?? "", /send, send_all, read, contacts, media, admin/)
  assert.match(steps[2]?.details.join(" ") ?? "", /synchronous=full/)
  assert.doesNotMatch(ran.stdout, /an-admin-key/)
  const zh = await bench.run(["doctor", "--lang", "zh"])
  assert.match(zh.stdout, /WECOM_PUSH_KEY +（已设置） +（环境变量）/)
  assert.match(zh.stdout, /✓ 数据库/)
})

test("the command that doctor --gateway shows next works as printed, with several apps too", async () => {
  for (const apps of [["alerts"], ["alerts", "hr"]]) {
    await using bench = await startGatewayBench(apps)
    const { stderr } = await bench.run(["doctor", "--gateway"])
    const [, line = "", text = ""] = /^ {2}wecom-push (send .*) --text "(.*)"$/m.exec(stderr) ?? []
    const sent = await bench.run([...line.split(" "), "--text", text])
    assert.equal(sent.code, 0, `${line}: ${sent.stderr}`)
  }
})

test("doctor --gateway names the first thing that is wrong: exit 3", async () => {
  await using bench = await startGatewayBench()
  const failing = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const ran = await bench.run(["doctor", "--json"], { env })
    assert.equal(ran.code, 3)
    return (ran.json["steps"] as ToldStep[]).find(({ state }) => state === "failed")?.step ?? ""
  }
  assert.equal(await failing({ WECOM_PUSH_URL: "http://127.0.0.1:9" }), "reach")
  assert.equal(await failing({ WECOM_PUSH_URL: "http://nowhere.invalid" }), "reach")
  assert.equal(await failing({ WECOM_PUSH_KEY: "wp_wrong" }), "key")
  assert.equal(await failing({ WECOM_PUSH_URL: bench.url }), "key")
  await pauseApp(bench)
  const paused = await bench.run(["doctor"])
  assert.equal(paused.code, 3)
  assert.match(paused.stdout, /✗ apps +alerts: paused since .*unfinished messages: 1/)
  assert.match(paused.stdout, /→ .*127\.0\.0\.1/)
})

test("doctor --gateway names what stops an app or makes it late, with what to check: exit 3", async () => {
  await using bench = await startGatewayBench()
  const since = "2026-11-25T12:00:00Z"
  const unreachable = { since, next_try_at: since, cause: "dns", errcode: null, errmsg: "not resolved (wecom.invalid)" }
  const pause = { errcode: 60020, errmsg: "not allow to access", since, next_probe_at: since }
  const well = { due_messages: 0, oldest_due_seconds: 0, unreachable: null, pause: null }
  let told: object = {}
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(told))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  using _ = { [Symbol.dispose]: () => void server.close() }
  const examine = async (app: object, more: object = {}) => {
    told = {
      version: "1.0.0",
      ready: true,
      key: { id: "key_1", name: "k", scopes: ["send", "read"] },
      apps: [{ name: "alerts", unfinished_messages: 7, ...well, ...app }],
      backlog: { limit: 1000, is_near: false },
      database: { kind: "sqlite", synchronous: "full", trouble: null },
      ...more,
    }
    const env = { WECOM_PUSH_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, WECOM_PUSH_KEY: "wp_x" }
    const { code, stdout } = await bench.run(["doctor"], { env })
    return `${code} ${stdout}`
  }
  assert.match(await examine({}), /^0 [\s\S]*alerts: running · unfinished messages: 7/)
  assert.match(await examine({ unreachable }), /^3 [\s\S]*cannot be reached since [\s\S]*wecom\.invalid[\s\S]*→ .*DNS/)
  const both = await examine({ unreachable, pause })
  assert.match(both, /^3 [\s\S]*paused since[\s\S]*cannot be reached since/)
  const late = { due_messages: 5, oldest_due_seconds: 7509 }
  assert.match(await examine(late), /^3 [\s\S]*late: 5 messages should have gone out, the first 2:05:09 ago[\s\S]*→ /)
  assert.match(await examine({}, { backlog: { limit: 1000, is_near: true } }), /^3 [\s\S]*nearly full: at 1000/)
  const database = { kind: "sqlite", synchronous: "full", trouble: "storage_full" }
  assert.match(await examine({}, { database, ready: false }), /^3 [\s\S]*The disk is full/)
})

test("a key with fewer scopes is enough for the doctor, which says what it cannot do", async () => {
  await using bench = await startGatewayBench()
  const key = async (scope: string): Promise<string> =>
    (await bench.run(["keys", "create", "--name", "k", "--scope", scope])).stdout.trim()
  const writer = await bench.run(["doctor"], { env: { WECOM_PUSH_KEY: await key("send") } })
  assert.equal(writer.code, 0)
  assert.match(writer.stdout, /! key [\s\S]*may not read outcomes/)
  const reader = await bench.run(["doctor"], { env: { WECOM_PUSH_KEY: await key("read") } })
  assert.match(reader.stdout, /! key [\s\S]*may not send/)
})

test("nothing configured: exit 2, with what to set and how to try", async () => {
  await using bench = await startGatewayBench()
  for (const command of [["tail"], ["apps"], ["doctor", "--gateway"], ["status", "msg_1"]]) {
    const ran = await bench.run(command, { env: { WECOM_PUSH_URL: "", WECOM_PUSH_KEY: "" } })
    assert.equal(ran.code, 2, command.join(" "))
    assert.match(ran.stderr, /export WECOM_PUSH_URL=[\s\S]*serve --simulator/)
  }
})
