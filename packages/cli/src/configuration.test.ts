import assert from "node:assert/strict"
import { mkdir, readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { recordSimulator } from "./config/running-simulator.ts"
import { contextWith } from "./testing/context-with.ts"
import { secret, startBench } from "./testing/try-command.ts"
import type { Bench, Ran, RunOptions } from "./testing/try-command.ts"

interface Told {
  readonly setting: string
  readonly name: string
  readonly source: string
  readonly value: string
}

/** The sources that `doctor` reports, by setting. */
function settings(ran: Ran): Record<string, Told> {
  return Object.fromEntries((ran.json["settings"] as Told[]).map((told) => [told.setting, told]))
}

async function doctor(bench: Bench, more: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
  return bench.run(["doctor", "--json", ...more], { blank: true, ...options })
}

function faultPaths(ran: Ran): string[] {
  return ran.json.error?.faults.map(({ path }) => path) ?? []
}

test("flags beat the environment, which beats .env, which beats --config", async () => {
  await using bench = await startBench()
  await bench.file("app.yaml", `corp_id: from-config\napi_base_url: ${bench.url}\n`)
  await bench.file(".env", "WECOM_CORP_ID=from-dotenv\nWECOM_AGENT_ID=1\nWECOM_APP_SECRET=s\n")
  const env = { WECOM_CORP_ID: "from-environment" }
  const config = ["--config", "app.yaml"]

  const all = settings(await doctor(bench, [...config, "--corp-id", "from-flag"], { env }))
  assert.deepEqual(all["corp_id"], { setting: "corp_id", name: "--corp-id", source: "flag", value: "from-flag" })
  assert.equal(settings(await doctor(bench, config, { env }))["corp_id"]?.value, "from-environment")
  assert.equal(settings(await doctor(bench, config))["corp_id"]?.source, ".env")
  await bench.file(".env", "WECOM_CORP_ID=\nWECOM_AGENT_ID=1\nWECOM_APP_SECRET=s\n")
  const last = settings(await doctor(bench, config))
  assert.equal(last["corp_id"]?.value, "from-config")
  assert.equal(last["api_base_url"]?.source, "config file")
})

const spellings = [
  ["corp_id", ["WECOM_CORP_ID", "WECOM_CORPID", "WECOM_CID", "WECHAT_APP_CORPID"]],
  ["app_secret", ["WECOM_APP_SECRET", "WECOM_SECRET", "WECOM_CORP_SECRET", "WECOM_AGENT_SECRET", "WECHAT_APP_SECRET"]],
  ["agent_id", ["WECOM_AGENT_ID", "WECOM_AGENTID", "WECOM_AID", "WECHAT_APP_AGENTID"]],
  ["api_base_url", ["WECOM_API_BASE_URL", "WECOM_API_BASE", "QYWX_ORIGIN"]],
] as const

test("the names that neighbouring tools use are taken too, and doctor says which was read", async () => {
  await using bench = await startBench()
  for (const [setting, names] of spellings) {
    for (const name of names) {
      const told = settings(await doctor(bench, [], { env: { [name]: "http://1" } }))
      assert.equal(told[setting]?.name, name)
    }
  }
})

test("QYWX_AM gives corp id, secret and AgentId; its default recipient is ignored", async () => {
  await using bench = await startBench()
  const env = { QYWX_AM: `ww0000000000000001,${secret},@all,1000002`, QYWX_ORIGIN: bench.url }
  const ran = await bench.run(["send", "--json", "--text", "x"], { blank: true, env })
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran), ["to"])
  assert.equal((await bench.run(["send", "--user", "lisi", "--text", "x"], { blank: true, env })).code, 0)
})

test("a secret comes from the file that NAME_FILE names, without its line end", async () => {
  await using bench = await startBench()
  await bench.file("secret.txt", `${secret}\r\n`)
  const env = { ...bench.env, WECOM_APP_SECRET: "", WECOM_APP_SECRET_FILE: "secret.txt" }
  assert.equal((await bench.run(["lookup", "--mobile", "13800000001"], { blank: true, env })).code, 0)
  const told = settings(await doctor(bench, [], { env }))["app_secret"]
  assert.deepEqual(told, {
    setting: "app_secret",
    name: "WECOM_APP_SECRET_FILE",
    source: "environment",
    value: "(set)",
  })
})

test("a secret in a variable is taken without the line end that a Windows file leaves", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--user", "lisi", "--text", "x"], { env: { WECOM_APP_SECRET: `${secret}\r\n` } })
  assert.equal(ran.code, 0, ran.stderr)
})

test("mistakes in --config say what to write", async () => {
  await using bench = await startBench()
  const mistakes = [
    ["agent-id: 1000002\n", /agent-id.*agent_id/],
    ["base_url: http://127.0.0.1\n", /base_url.*api_base_url/],
    ["secret: x\n", /secret.*app_secret/],
    ["corp_id: a\ncorp_id: b\n", /app\.yaml.*2.*(?:keep one|只保留一个)/],
    ["corp_id: a\n\tagent_id: 1\n", /app\.yaml.*2.*(?:spaces|空格)/],
  ] as const
  for (const lang of ["en", "zh"]) {
    for (const [content, told] of mistakes) {
      await bench.file("app.yaml", content)
      const ran = await bench.run(["doctor", "--config", "app.yaml", "--lang", lang])
      assert.equal(ran.code, 2)
      assert.match(ran.stderr, told)
    }
  }
})

test("files named in --config are looked for beside it; its names are the environment's or ours", async () => {
  await using bench = await startBench()
  await mkdir(join(bench.folder, "etc"))
  await bench.file("etc/secret", secret)
  await bench.file(
    "etc/app.yaml",
    `WECOM_CORP_ID: ww0000000000000001\nagent_id: 1000002\napp_secret_file: secret\napi_base_url: ${bench.url}/cgi-bin/\n`,
  )
  const ran = await bench.run(["send", "--config", "etc/app.yaml", "--user", "lisi", "--text", "x"], { blank: true })
  assert.equal(ran.code, 0, ran.stderr)
})

test("all faults of all sources are reported at once", async () => {
  await using bench = await startBench()
  await bench.file("app.yaml", "corp: x\nagent_id: [1]\n")
  await bench.file(".env", "WECOM_AGENT_ID=zero\n")
  const env = { WECOM_APP_SECRET: "a", WECOM_APP_SECRET_FILE: "nowhere", WECOM_API_BASE_URL: "localhost" }
  const ran = await bench.run(["send", "--config", "app.yaml", "--json"], { blank: true, env })
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran).toSorted(), [
    "WECOM_AGENT_ID",
    "WECOM_API_BASE_URL",
    "WECOM_APP_SECRET_FILE",
    "WECOM_CORP_ID",
    "agent_id",
    "corp",
    "stdin",
    "to",
  ])
})

const unreadable = [
  { what: "is missing", content: undefined, says: /does not exist/ },
  { what: "is no YAML", content: "a: [1\nb: 2: 3\n", says: /line 2, column/ },
  { what: "is a list", content: "- a\n", says: /name: value/ },
  {
    what: "is not UTF-8",
    content: Buffer.concat([Buffer.from("# 企业\n"), Buffer.of(0xff)]),
    says: /byte 9 \(line 2\)/,
  },
] as const

for (const { what, content, says } of unreadable) {
  test(`--config whose file ${what}: exit 2`, async () => {
    await using bench = await startBench()
    if (content !== undefined) await bench.file("app.yaml", content)
    const ran = await bench.run(["lookup", "--mobile", "13800000001", "--config", "app.yaml"])
    assert.equal(ran.code, 2)
    assert.match(ran.stderr, says)
  })
}

test("a file of settings that cannot be read is the one fault: what is missing may be in it", async () => {
  await using bench = await startBench()
  for (const [argv, env] of [
    [["lookup", "--mobile", "13800000001"], {}],
    [["send", "--user", "lisi", "--text", "x"], {}],
    [["robot", "send", "--text", "x"], {}],
    [["status", "msg_1"], {}],
    [["tags"], { WECOM_PUSH_URL: "http://127.0.0.1:1" }],
    [["apps", "add", "alerts"], {}],
    [["listen"], {}],
  ] as const) {
    const more = ["--config", "gone.yaml", "--json"]
    const { code, json } = await bench.run([...argv, ...more], { blank: true, env })
    const paths = json.error?.faults.map(({ path }) => path)
    assert.deepEqual([code, paths], [2, ["--config"]], argv.join(" "))
  }
  await bench.file(".env", Buffer.of(0xff))
  const ran = await bench.run(["lookup", "--mobile", "13800000001", "--lang", "en"], { blank: true })
  assert.match(ran.stderr, /\.env is not UTF-8/)
  assert.doesNotMatch(ran.stderr, /not set/)
})

test("the base address is taken with and without /cgi-bin and slashes", async () => {
  await using bench = await startBench()
  for (const ending of ["", "/", "/cgi-bin", "/cgi-bin/", "//"]) {
    const env = { WECOM_API_BASE_URL: `${bench.url}${ending}` }
    assert.equal((await bench.run(["lookup", "--mobile", "13800000001"], { env })).code, 0, ending)
  }
})

test("a base address with a password is refused, and the password not repeated", async () => {
  await using bench = await startBench()
  const env = { WECOM_API_BASE_URL: "https://me:hunter2@wecom.example" }
  for (const argv of [["doctor"], ["doctor", "--json"], ["lookup", "--mobile", "13800000001"]]) {
    const ran = await bench.run(argv, { env })
    assert.equal(ran.code, 2)
    assert.doesNotMatch(`${ran.stdout}${ran.stderr}`, /hunter2/)
  }
})

test("doctor shows a proxy without its password", async () => {
  await using bench = await startBench()
  for (const proxy of ["http://me:hunter2@proxy.example:3128", "me:hunter2@proxy.example:3128"]) {
    const told = settings(await doctor(bench, [], { env: { HTTPS_PROXY: proxy } }))["https_proxy"]
    assert.match(told?.value ?? "", /^(?:http:\/\/)?…@proxy\.example:3128$/)
  }
})

test("a proxy that cannot be used is a fault only where requests would go through it", async () => {
  await using bench = await startBench()
  const env = { HTTPS_PROXY: "socks5://127.0.0.1:1080" }
  assert.equal((await bench.run(["lookup", "--mobile", "13800000001"], { env })).code, 0)
  const away = { ...env, WECOM_API_BASE_URL: "https://wecom.example" }
  assert.deepEqual(faultPaths(await bench.run(["lookup", "--json", "--mobile", "13800000001"], { env: away })), [
    "HTTPS_PROXY",
  ])
  const past = await doctor(bench, [], { env: { ...bench.env, ...away, NO_PROXY: ".example" } })
  assert.equal(past.code, 3)
})

test("with nothing configured the error says what to set, in lines to copy, and how to try without an account", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["send", "--mobile", "13800000001", "--text", "x"], { blank: true })
  assert.equal(ran.code, 2)
  for (const line of ["export WECOM_CORP_ID=", "export WECOM_APP_SECRET=", "export WECOM_AGENT_ID="]) {
    assert.ok(ran.stderr.includes(line))
  }
  assert.match(ran.stderr, /npx wecom-push simulate/)
})

async function recorded(bench: Bench, url = bench.url): Promise<() => Promise<void>> {
  const record = { base_url: url, corp_id: "ww0000000000000001", secret, agentid: 1000002, pid: process.pid }
  return recordSimulator(record, contextWith(bench.env))
}

test("with nothing configured and a simulator running here, that one is used, and the command says so", async () => {
  await using bench = await startBench()
  const forget = await recorded(bench)
  const ran = await bench.run(["send", "--mobile", "13800000001", "--text", "你好"], { blank: true })
  assert.equal(ran.code, 0)
  assert.match(ran.stderr, new RegExp(`using the simulator at ${bench.url}`))
  assert.equal((await bench.shown()).length, 1)
  const running = join(bench.folder, "cache", "wecom-push", "running")
  const [file = ""] = await readdir(running)
  assert.equal((await stat(join(running, file))).mode & 0o777, 0o600)
  await forget()
  assert.equal((await bench.run(["lookup", "--mobile", "13800000001"], { blank: true })).code, 2)
})

// proves 10.8: exit codes, keys, small things
test("of two simulators the one started last is used, and when it has stopped, or was killed, the first", async () => {
  await using bench = await startBench()
  await using other = await startBench()
  await recorded(bench)
  const forget = await recorded(bench, other.url)
  const used = async (): Promise<string> => {
    const ran = await bench.run(["send", "--mobile", "13800000001", "--text", "你好"], { blank: true })
    assert.equal(ran.code, 0, ran.stderr)
    return /using the simulator at (\S+)/.exec(ran.stderr)?.[1] ?? ""
  }
  assert.equal(await used(), other.url)
  await forget()
  assert.equal(await used(), bench.url)
  await recorded(bench, "http://127.0.0.1:9")
  assert.equal(await used(), bench.url)
})

test("records of processes that are gone are swept away by the next simulator", async () => {
  await using bench = await startBench()
  const record = { corp_id: "ww0000000000000001", secret, agentid: 1000002 }
  await recordSimulator({ ...record, base_url: "http://127.0.0.1:9", pid: 2 ** 22 + 1 }, contextWith(bench.env))
  await recorded(bench)
  const files = await readdir(join(bench.folder, "cache", "wecom-push", "running"))
  assert.deepEqual(files, [`simulator-${new URL(bench.url).port}-${process.pid}.json`])
})

test("one value configured switches the simulator off: a slip must not end on a pretended phone", async () => {
  await using bench = await startBench()
  await recorded(bench)
  for (const [name, value] of Object.entries(bench.env).filter(([name]) => name.startsWith("WECOM_"))) {
    const ran = await bench.run(["send", "--mobile", "13800000001", "--text", "x"], {
      blank: true,
      env: { [name]: value },
    })
    assert.equal(ran.code, 2, name)
  }
  assert.deepEqual(await bench.shown(), [])
})

test("a record that a killed simulator left behind counts for nothing", async () => {
  await using bench = await startBench()
  await recorded(bench, "http://127.0.0.1:9")
  const ran = await bench.run(["lookup", "--mobile", "13800000001"], { blank: true })
  assert.equal(ran.code, 2)
  assert.match(ran.stderr, /WECOM_CORP_ID/)
})

test("a cache folder that cannot be used makes commands dearer, not impossible", async () => {
  await using bench = await startBench()
  await bench.file("cache", "a file where the folder should be")
  for (const [language, token, lookups] of [
    ["en", /the token cannot be kept/g, /look-ups cannot be kept/g],
    ["zh", /凭证无法保存/g, /查询结果无法保存/g],
  ] as const) {
    const ran = await bench.run(["send", "--mobile", "13800000001", "--text", "x", "--lang", language])
    assert.equal(ran.code, 0, ran.stderr)
    // Once each, with the folder and how to get another.
    assert.equal(ran.stderr.match(token)?.length, 1, ran.stderr)
    assert.equal(ran.stderr.match(lookups)?.length, 1, ran.stderr)
    assert.ok(ran.stderr.includes(join(bench.folder, "cache", "wecom-push")), ran.stderr)
    assert.match(ran.stderr, /XDG_CACHE_HOME/)
  }
})

test("a .env that cannot be read is a fault, not an absence", async () => {
  await using bench = await startBench()
  await mkdir(join(bench.folder, ".env"))
  const ran = await bench.run(["lookup", "--mobile", "13800000001", "--json"])
  assert.equal(ran.code, 2)
  assert.deepEqual(faultPaths(ran), [".env"])
})
