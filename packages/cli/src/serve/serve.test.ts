import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { once } from "node:events"
import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises"
import { request } from "node:http"
import type { IncomingMessage } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text as textOf } from "node:stream/consumers"
import { test } from "node:test"
import { promisify } from "node:util"
import { pathWithCurl } from "../../../../tools/testing/add-curl.ts"
import { packedStart } from "../testing/packed-start.ts"
import type { Running } from "../testing/start-process.ts"
import { startBench } from "../testing/try-command.ts"
import type { Bench } from "../testing/try-command.ts"

interface Told {
  readonly url: string
  readonly docs: string
  readonly database: string
  readonly apps: readonly string[]
  readonly simulator: { readonly base_url: string } | null
  readonly admin_key: string | null
  readonly parked_messages: number
}

const start = packedStart()

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "wecom-push-serve-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function told(gateway: Running): Promise<Told> {
  const text = await gateway.says(/^\{"url".*\}$/m)
  return JSON.parse(/^\{"url".*\}$/m.exec(text)?.[0] ?? "") as Told
}

async function stop(gateway: Running, signal: NodeJS.Signals = "SIGTERM") {
  gateway.child.kill(signal)
  const ended = await gateway.ended()
  assert.equal(ended.code, 0, ended.stderr)
  return ended
}

/** Variables for a gateway that sends to the simulator of a bench. */
function environment(bench: Bench): Record<string, string> {
  return { ...bench.env, WECOM_PUSH_ADMIN_KEY: "an-admin-key-of-more-than-32-characters" }
}

async function ask(url: string, key: string, path: string, body?: unknown) {
  const response = await fetch(url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}

/** The output of a command that the announcement shows. */
async function type(command: string, folder: string): Promise<string> {
  const env = { ...process.env, PATH: await pathWithCurl(folder) }
  return (await promisify(execFile)("sh", ["-c", command], { env })).stdout
}

async function shownBy(simulator: string): Promise<readonly { userid: string; text: string }[]> {
  const { messages } = (await (await fetch(`${simulator}/_sim/messages`)).json()) as {
    messages: { userid: string; body: { text: { content: string } } }[]
  }
  return messages.map(({ userid, body }) => ({ userid, text: body.text.content }))
}

const message = { app: "default", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "你好" } }

// proves 3.1: `serve`
test("the first five minutes: serve --simulator prints a curl that reaches a phone, and the other commands find it", async () => {
  await using home = await folder()
  await using gateway = start(["serve", "--simulator", "0", "--port", "0"], home.path, { LANG: "zh_CN.UTF-8" })
  await gateway.says(/管理密钥：wp_simulator/)
  const announced = await gateway.says(/npx wecom-push tail/)
  assert.match(announced, /接口文档 +http:\/\/127\.0\.0\.1:\d+\/docs/)
  assert.match(announced, /alerts, hr, root/)
  const curl = /^ {2}(curl .*)$/m.exec(announced)?.[1] ?? ""
  const stdout = await type(`${curl} -sS`, home.path)
  const { id } = JSON.parse(stdout) as { id: string }
  const status = await start(["status", id, "--wait", "10"], home.path, {}).ended()
  assert.equal(status.code, 0, status.stderr)
  assert.match(status.stderr, /using the trial gateway/)
  const phones = /(http:\/\/127\.0\.0\.1:\d+)\/$/m.exec(announced)?.[1] ?? ""
  assert.deepEqual(await shownBy(phones), [{ userid: "zhangsan", text: "你好" }])
  for (const command of [["apps"], ["doctor", "--gateway"], ["keys"]]) {
    assert.equal((await start(command, home.path, {}).ended()).code, 0, command.join(" "))
  }
  assert.match((await stop(gateway)).stderr, /已停止/)
  assert.deepEqual(await readdir(join(home.path, "cache", "wecom-push", "running")), [])
  assert.ok((await readdir(home.path)).includes("wecom-push-simulator.db"))

  await using again = start(["serve", "--simulator", "0", "--port", "0"], home.path, {})
  await again.says(/Admin key: wp_simulator/)
  await stop(again, "SIGINT")
})

test("a press on a phone of the trial comes back as an event of the gateway", async () => {
  await using home = await folder()
  await using gateway = start(["serve", "--simulator", "0", "--port", "0", "--json"], home.path, {})
  const { url, simulator } = await told(gateway)
  const template_card = {
    card_type: "button_interaction",
    task_id: "deploy-1",
    main_title: { title: "要发布吗？" },
    button_list: [{ text: "发布", key: "go" }],
  }
  const card = { app: "hr", to: { users: ["lisi"] }, msgtype: "template_card", template_card }
  const { id } = (await ask(url, "wp_simulator", "/v1/messages", card)).json
  await start(["status", String(id), "--wait", "10"], home.path, {}).ended()
  const phones = simulator?.base_url ?? ""
  const { messages } = (await (await fetch(`${phones}/_sim/messages`)).json()) as { messages: { msgid: string }[] }
  const click = { method: "POST", body: JSON.stringify({ msgid: messages[0]?.msgid, key: "go" }) }
  const pressed = (await (await fetch(`${phones}/_sim/phones/lisi/click`, click)).json()) as { state: string }
  assert.equal(pressed.state, "delivered")
  await using tail = start(["tail", "--after", "0"], home.path, {})
  await tail.says(new RegExp(`card pressed {2}hr {2}${String(id)} {2}lisi {2}go`))
  await stop(gateway)
})

test("a trial keeps away from what is configured for the real one, and from other machines", async () => {
  await using home = await folder()
  const real = {
    WECOM_CORP_ID: "ww9",
    WECOM_APP_SECRET: "real",
    WECOM_AGENT_ID: "1",
    WECOM_API_BASE_URL: "http://127.0.0.1:9",
    WECOM_PUSH_ADMIN_KEY: "a-real-admin-key-of-more-than-32-characters",
    HOST: "0.0.0.0",
    PORT: "80",
  }
  await using gateway = start(["serve", "--simulator", "0", "--port", "0", "--json"], home.path, real)
  const { url, apps, admin_key, database, simulator } = await told(gateway)
  assert.match(url, /^http:\/\/127\.0\.0\.1:/)
  assert.deepEqual([apps, admin_key, database], [["alerts", "hr", "root"], "wp_simulator", "./wecom-push-simulator.db"])
  assert.equal((await ask(url, real.WECOM_PUSH_ADMIN_KEY, "/v1/apps")).status, 401)
  const { json } = await ask(url, "wp_simulator", "/v1/apps")
  assert.deepEqual(
    (json["items"] as { name: string }[]).map(({ name }) => name),
    ["alerts", "hr", "root"],
  )
  for (const app of apps) {
    const body = { ...message, app, to: { mobiles: ["13800000003"] } }
    const accepted = await ask(url, "wp_simulator", "/v1/messages", body)
    assert.equal(accepted.status, 202)
    const status = await start(["status", String(accepted.json["id"]), "--wait", "10"], home.path, {}).ended()
    assert.equal(status.code, 0, `${app}: ${status.stdout}${status.stderr}`)
  }
  assert.equal((await shownBy(simulator?.base_url ?? "")).length, 3)
  await stop(gateway)
})

// proves 28.D11: a trial by another name
test("a trial, whose key is public, answers by names of this machine only: a page whose name leads here makes no key", async () => {
  await using home = await folder()
  await using gateway = start(["serve", "--simulator", "0", "--port", "0", "--json"], home.path, {})
  const { port } = new URL((await told(gateway)).url)
  const asked = async (host: string, path: string) => {
    const body = JSON.stringify({ name: "page", scopes: ["admin"], apps: "all" })
    const headers = { host, authorization: "Bearer wp_simulator", "content-type": "application/json" }
    // `fetch` would set no Host.
    const posted = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent: false }).end(body)
    const [answer] = (await once(posted, "response")) as [IncomingMessage]
    return { status: answer.statusCode, text: await textOf(answer) }
  }
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "[::2]",
  ])
    for (const path of ["/v1/keys", "/cgi-bin/gettoken", "/healthz"]) {
      const { status, text } = await asked(host, path)
      assert.equal(status, 403, `${host} ${path}`)
      assert.match(text, /"code":"foreign_host"/)
    }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, "LOCALHOST", "push.localhost", `[::1]:${port}`])
    assert.equal((await asked(host, "/v1/keys")).status, 201, host)
  await stop(gateway)
})

test("an admin key is made at the first start and printed once, on stderr; the app of the environment is `default`", async () => {
  await using bench = await startBench()
  await using first = start(["serve", "--port", "0", "--json"], bench.folder, bench.env)
  const { url, database, apps } = await told(first)
  assert.deepEqual([database, apps], ["./wecom-push.db", ["default"]])
  await first.says(/Admin key, shown this once/)
  const accepted = async (key: string) => (await ask(url, key, "/v1/messages", message)).status
  const { stdout, stderr } = await (async () => {
    const key = /Admin key, shown this once: (wp_[\w-]{43})"/.exec(await first.says(/"gateway started"/))?.[1] ?? ""
    assert.equal(await accepted(key), 202)
    while ((await bench.shown()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    return stop(first)
  })()
  assert.doesNotMatch(stdout, /wp_/)
  assert.doesNotMatch(stderr, /sim-secret|13800000001/)
  await using second = start(["serve", "--port", "0", "--json"], bench.folder, bench.env)
  await told(second)
  await second.says(/"gateway started"/)
  assert.doesNotMatch((await stop(second)).stderr, /Admin key/)
})

test("beside a log for machines every line of stderr is JSON, and what people try next is on stdout", async () => {
  for (const [argv, env] of [
    [["serve", "--port", "0"], { LOG_LEVEL: "debug" }],
    [["serve", "--port", "0", "--json"], {}],
    [["serve", "--port", "0", "--simulator", "0", "--lang", "zh"], {}],
  ] as const) {
    await using bench = await startBench()
    await using gateway = start(argv, bench.folder, { ...bench.env, ...env, FORCE_COLOR: "1" })
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await gateway.says(/http:\/\/127\.0\.0\.1:\d+\/docs/))?.[0] ?? ""
    await gateway.says(/Admin key|管理密钥/)
    assert.equal((await ask(url, "wrong", "/v1/messages", message)).status, 401)
    const { stdout, stderr } = await stop(gateway)
    const lines = stderr.trimEnd().split("\n")
    assert.ok(lines.length >= 3, stderr)
    for (const line of lines) {
      const { level, time, msg } = JSON.parse(line) as Record<string, unknown>
      assert.ok(typeof level === "string" && typeof msg === "string" && msg.trim() !== "", line)
      assert.match(String(time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    }
    assert.match(stderr, /Stopped|已停止/)
    if (argv.includes("--json" as never)) assert.equal(typeof (JSON.parse(stdout) as Told).url, "string")
    else assert.match(stdout, /^ {2}curl http/m)
  }
})

// proves 11.B16: left of issue 10
test("a start that fails beside a log for machines is one line of it, with all that is wrong; a person reads plain lines", async () => {
  await using bench = await startBench()
  const { port } = new URL(bench.url)
  const wrong = { ...environment(bench), WECOM_PUSH_RETENTION_DAYS: "0", WECOM_PUSH_MASTER_KEY: "nonsense" }
  for (const [argv, env, code, faults] of [
    [
      ["serve", "--port", "x"],
      wrong,
      "configuration",
      ["--port", "WECOM_PUSH_MASTER_KEY", "WECOM_PUSH_RETENTION_DAYS"],
    ],
    [["serve", "--port", port], environment(bench), "cannot_listen", []],
    [["serve", "--database", "sqlite:missing/x.db"], environment(bench), "no_folder", []],
    [["serve", "--prot", "1"], environment(bench), "usage", []],
    [
      ["serve", "--port", "0"],
      { ...environment(bench), WECOM_PUSH_PROT: "1", WECOM_PUSH_RETENTION_DAYS: "0" },
      "configuration",
      ["WECOM_PUSH_RETENTION_DAYS"],
    ],
  ] as const) {
    const ended = await start(argv, bench.folder, env).ended()
    assert.equal(ended.code, 2, ended.stderr)
    const lines = ended.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const last = lines.at(-1)
    assert.deepEqual([last?.["level"], last?.["code"]], ["fatal", code])
    assert.ok(typeof last?.["msg"] === "string" && last["msg"] !== "")
    const paths = (last["faults"] as { path: string }[]).map(({ path }) => path)
    assert.deepEqual(paths.toSorted(), faults)
    const quiet = await start(argv, bench.folder, { ...env, LOG_LEVEL: "silent" }).ended()
    assert.doesNotMatch(quiet.stderr, /^\{/m)
  }
})

test("for a person at a real gateway: key, curl with it, and where the docs are", async () => {
  await using bench = await startBench()
  await using gateway = start(["serve", "--port", "0"], bench.folder, { ...bench.env, LOG_LEVEL: "silent" })
  const announced = await gateway.says(/curl .*\n/)
  const key = /shown this once: (\S+)/.exec(announced)?.[1] ?? ""
  const curl = /^ {2}(curl .*)$/m.exec(announced)?.[1] ?? ""
  assert.ok(curl.includes(key))
  const stdout = await type(`${curl} -sS`, bench.folder)
  assert.equal((JSON.parse(stdout) as { recipients: number }).recipients, 1)
  const { stderr } = await stop(gateway)
  assert.doesNotMatch(stderr, /^\{/m)
})

test("settings come from .env and from --config too, each under its own name, files beside the file that names them", async () => {
  await using bench = await startBench()
  const { WECOM_API_BASE_URL, WECOM_APP_SECRET, ...more } = bench.env
  const wecom = `WECOM_API_BASE_URL=${WECOM_API_BASE_URL}\nWECOM_APP_SECRET=${WECOM_APP_SECRET}\n`
  await bench.file(".env", `${wecom}WECOM_PUSH_DATABASE_URL=sqlite:from-dotenv.db\n`)
  await bench.file("admin-key", "an-admin-key-from-a-file-of-32-characters\n")
  await bench.file("serve.yaml", "admin_key_file: admin-key\nlog_level: silent\ndatabase_url: sqlite:unused.db\n")
  await using gateway = start(["serve", "--port", "0", "--json", "--config", "serve.yaml"], bench.folder, more)
  const { url, database } = await told(gateway)
  assert.equal(database, "from-dotenv.db")
  assert.equal((await ask(url, "an-admin-key-from-a-file-of-32-characters", "/v1/messages", message)).status, 202)
  const { stderr } = await stop(gateway)
  assert.doesNotMatch(stderr, /Admin key|gateway started/)
})

test("a second gateway on the file: exit 2, and the process that holds it is named", async () => {
  await using bench = await startBench()
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, environment(bench))
  await told(gateway)
  const second = await start(["serve", "--port", "0"], bench.folder, environment(bench)).ended()
  assert.equal(second.code, 2)
  assert.match(second.stderr, new RegExp(`process ${gateway.child.pid}\\b`))
  const json = await start(["serve", "--port", "0", "--json"], bench.folder, environment(bench)).ended()
  assert.equal((JSON.parse(json.stdout) as { error: { code: string } }).error.code, "locked")
  await stop(gateway)
})

test("a port that is taken: exit 2, named with the flag that chooses another, the database left free", async () => {
  await using bench = await startBench()
  const { port } = new URL(bench.url)
  const taken = await start(["serve", "--port", port], bench.folder, environment(bench)).ended()
  assert.equal(taken.code, 2)
  assert.match(taken.stderr, new RegExp(`Port ${port} .* --port`))
  const simulator = await start(["serve", "--port", "0", "--simulator", port], bench.folder, {}).ended()
  assert.equal(simulator.code, 2)
  assert.match(simulator.stderr, new RegExp(`Port ${port} .* --simulator`))
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, environment(bench))
  await told(gateway)
  await stop(gateway)
})

test("a database that cannot be where it is wanted: exit 2, what to do in both languages, and nothing is made", async () => {
  await using home = await folder()
  const places = [
    ["missing/wecom-push.db", /folder \S*missing does not exist/, /目录 \S*missing 不存在/],
    [".", /is a folder[\s\S]*wecom-push\.db/, /是目录[\s\S]*wecom-push\.db/],
    // No user can make a file there, not even root.
    ...(process.platform === "linux" ? [["/sys/wecom-push.db", /cannot be written/, /不可写/] as const] : []),
  ] as const
  for (const [place, en, zh] of places) {
    for (const [language, said] of [
      ["en", en],
      ["zh", zh],
    ] as const) {
      const argv = ["serve", "--port", "0", "--database", `sqlite:${place}`, "--lang", language]
      const { code, stderr } = await start(argv, home.path, {}).ended()
      assert.equal(code, 2, `${place}: ${stderr}`)
      assert.match(stderr, said)
    }
  }
  assert.deepEqual(
    (await readdir(home.path)).filter((name) => name !== "cache"),
    [],
  )
})

test("a file of a secret that is not there is reported once", async () => {
  await using home = await folder()
  const { code, stderr } = await start(["serve"], home.path, { WECOM_PUSH_ADMIN_KEY_FILE: "nowhere" }).ended()
  assert.equal(code, 2)
  assert.equal(stderr.match(/WECOM_PUSH_ADMIN_KEY_FILE/g)?.length, 1, stderr)
})

test("everything that is wrong with the configuration is reported at once: exit 2", async () => {
  await using bench = await startBench()
  const env = {
    WECOM_CORP_ID: "ww1",
    WECOM_PUSH_ADMIN_KEY: "short",
    WECOM_PUSH_MASTER_KEY: "nonsense",
    WECOM_PUSH_RETENTION_DAYS: "0",
    WECOM_PUSH_DATABASE_URL: "postgres://x",
    LOG_LEVEL: "loud",
  }
  const { code, stdout } = await start(["serve", "--json", "--port", "x"], bench.folder, env).ended()
  assert.equal(code, 2)
  const { error } = JSON.parse(stdout) as { error: { faults: { path: string }[] } }
  assert.deepEqual(error.faults.map(({ path }) => path).toSorted(), [
    "--port",
    "LOG_LEVEL",
    "WECOM_AGENT_ID",
    "WECOM_APP_SECRET",
    "WECOM_PUSH_ADMIN_KEY",
    "WECOM_PUSH_DATABASE_URL",
    "WECOM_PUSH_MASTER_KEY",
    "WECOM_PUSH_RETENTION_DAYS",
  ])
})

// proves N8: a stop under load
// proves 3.1: `serve`
test("SIGTERM: what is under way is finished, nothing is sent twice, exit 0", async () => {
  await using bench = await startBench()
  const env = environment(bench)
  await bench.fault({ path: "message/send", kind: "slow", delay_ms: 700, times: 1 })
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const { url } = await told(gateway)
  const key = env["WECOM_PUSH_ADMIN_KEY"] ?? ""
  const { json } = await ask(url, key, "/v1/messages", message)
  while ((await bench.calls("message/send")).length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  await stop(gateway)
  assert.equal((await bench.shown()).length, 1)
  await using again = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const { url: newUrl } = await told(again)
  const status = await ask(newUrl, key, `/v1/messages/${String(json["id"])}`)
  assert.equal(status.json["state"], "sent")
  assert.equal((await bench.calls("message/send")).length, 1)
  await stop(again)
})

test("what a kill leaves unfinished continues at the next start", async () => {
  await using bench = await startBench()
  const env = environment(bench)
  await bench.fault({ path: "gettoken", kind: "hang_before", times: 1 })
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const { url } = await told(gateway)
  assert.equal((await ask(url, env["WECOM_PUSH_ADMIN_KEY"] ?? "", "/v1/messages", message)).status, 202)
  while ((await bench.calls("gettoken")).length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  gateway.child.kill("SIGKILL")
  await gateway.ended()
  assert.deepEqual(await bench.shown(), [])
  await using again = start(["serve", "--port", "0", "--json"], bench.folder, env)
  await told(again)
  while ((await bench.shown()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  await stop(again)
  assert.equal((await bench.shown()).length, 1)
})

// proves 3.3: the store
test("backup while it runs; a gateway started on the copy parks what may have gone out since, and says so", async () => {
  await using bench = await startBench()
  const env = environment(bench)
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const { url } = await told(gateway)
  const key = env["WECOM_PUSH_ADMIN_KEY"] ?? ""
  // Long enough for two commands to start and end before it, as long as that takes today.
  const from = performance.now()
  assert.equal((await start(["backup", "before.db"], bench.folder, env).ended()).code, 0)
  const dueAt = Date.now() + 3000 + 5 * (performance.now() - from)
  const { json } = await ask(url, key, "/v1/messages", { ...message, send_at: new Date(dueAt).toISOString() })
  const id = String(json["id"])
  const backup = await start(["backup", "copy.db"], bench.folder, env).ended()
  assert.equal(backup.code, 0, backup.stderr)
  assert.match(backup.stderr, /keep \.\/wecom-push\.db\.key too/)
  const twice = await start(["backup", "copy.db"], bench.folder, env).ended()
  assert.equal(twice.code, 2)
  assert.match(twice.stderr, /overwrites nothing/)
  await stop(gateway)
  await copyFile(join(bench.folder, "wecom-push.db.key"), join(bench.folder, "copy.db.key"))
  while (Date.now() < dueAt) await new Promise((resolve) => setTimeout(resolve, 100))

  const argv = ["serve", "--port", "0", "--json", "--database", "sqlite:copy.db"]
  await using restored = start(argv, bench.folder, env)
  const { url: newUrl, parked_messages } = await told(restored)
  assert.equal(parked_messages, 1)
  await restored.says(/1 messages that may have gone out/)
  assert.equal((await ask(newUrl, key, `/v1/messages/${id}`)).json["state"], "in_doubt")
  const through = { WECOM_PUSH_URL: newUrl, WECOM_PUSH_KEY: key }
  const status = await start(["status", id], bench.folder, through).ended()
  assert.equal(status.code, 4)
  assert.match(status.stderr, /restored from a backup/)
  assert.equal((await start(["retry", id, "--state", "in_doubt"], bench.folder, through).ended()).code, 0)
  assert.equal((await start(["status", id, "--wait", "10"], bench.folder, through).ended()).code, 0)
  await stop(restored)
})

test("no database to back up, or to make a key in: exit 2, and none is made", async () => {
  await using home = await folder()
  for (const argv of [
    ["backup", "copy.db"],
    ["keys", "create", "--admin"],
  ]) {
    const { code, stderr } = await start(argv, home.path, {}).ended()
    assert.equal(code, 2)
    assert.match(stderr, /no database at \.\/wecom-push\.db[\s\S]*--database/)
  }
  assert.deepEqual(
    (await readdir(home.path)).filter((name) => name.includes("db")),
    [],
  )
})

test("a new admin key is made while the gateway is stopped, without its master key, and is good at the next start", async () => {
  await using bench = await startBench()
  const env = { ...bench.env, WECOM_PUSH_MASTER_KEY: "a".repeat(64) }
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env)
  await told(gateway)
  await stop(gateway)
  const made = await start(["keys", "create", "--admin"], bench.folder, {}).ended()
  assert.equal(made.code, 0, made.stderr)
  assert.match(made.stderr, /Older keys stay valid/)
  await using again = start(["serve", "--port", "0", "--json"], bench.folder, env)
  const { url } = await told(again)
  assert.equal((await ask(url, made.stdout.trim(), "/v1/keys")).status, 200)
  await stop(again)
})

test("readyz: 0 from a gateway that is ready, 3 from one that is not or is not there, and no key is needed", async () => {
  await using home = await folder()
  await using gateway = start(["serve", "--simulator", "0", "--port", "0", "--json"], home.path, {})
  const { url } = await told(gateway)
  const ready = await start(["readyz", "--gateway", url], home.path, {}).ended()
  assert.deepEqual([ready.code, ready.stdout], [0, ""])
  assert.match(ready.stderr, /is ready/)
  await stop(gateway)
  const gone = await start(["readyz", "--json"], home.path, { WECOM_PUSH_URL: url }).ended()
  assert.equal(gone.code, 3)
  assert.deepEqual(JSON.parse(gone.stdout), { ok: false, url, error: "ECONNREFUSED" })
  const wrong = await start(["readyz", "--gateway", "7788"], home.path, { LANG: "zh_CN.UTF-8" }).ended()
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /--gateway：不是有效地址/)
})

// proves row 59: uncaught errors
test("row 59: an uncaught rejection ends serve with another code than 0, and the last line of the log names it", async () => {
  await using bench = await startBench()
  const rejecting = 'process.on("SIGUSR2",()=>{Promise.reject(new Error("lost,13800000001"))})'
  const env = { ...environment(bench), NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(rejecting)}` }
  await using gateway = start(["serve", "--port", "0", "--json"], bench.folder, env)
  await told(gateway)
  gateway.child.kill("SIGUSR2")
  const { code, stderr } = await gateway.ended()
  assert.equal(code, 1)
  const last = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "") as { level: string; err: { message: string } }
  assert.deepEqual([last.level, last.err.message], ["fatal", "lost,138****0001"])
})

// proves row 43: secrets in files
test("row 43: serve takes no secret where ps would show it", async () => {
  await using home = await folder()
  const help = await start(["serve", "--help"], home.path, {}).ended()
  const flags = [...help.stdout.matchAll(/--([a-z-]+)/g)].map(([, name = ""]) => name)
  assert.ok(flags.includes("port") && flags.includes("database"), flags.join())
  for (const flag of flags) assert.doesNotMatch(flag, /secret|key|token|password/)
  for (const flag of ["--secret", "--key", "--admin-key", "--master-key", "--token"]) {
    const refused = await start(["serve", flag, "canary-secret"], home.path, {}).ended()
    assert.equal(refused.code, 2, flag)
    assert.doesNotMatch(refused.stderr, /canary-secret/, flag)
  }
})
