import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { once } from "node:events"
import { constants, existsSync } from "node:fs"
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { adminKey, startGatewayBench } from "./testing/gateway-bench.ts"
import { packedStart } from "./testing/packed-start.ts"
import { start as startSources } from "./testing/start-process.ts"
import type { Running } from "./testing/start-process.ts"
import { startBench } from "./testing/try-command.ts"
import type { Bench } from "./testing/try-command.ts"

const start = packedStart()

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "wecom-push-process-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

test("the first minute: a bare send reaches a phone of the simulator beside it, which then stops cleanly", async () => {
  await using home = await folder()
  const simulator = start(["simulate", "--port", "0"], home.path, {})
  try {
    const announced = await simulator.says(/export WECOM_AGENT_ID=1000002/)
    for (const part of ["ww0000000000000001", "sim-secret-alerts", "1000003", 'send --mobile 13800000001 --text "']) {
      assert.ok(announced.includes(part), part)
    }
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(announced)?.[0] ?? ""
    const sent = await start(["send", "--mobile", "13800000001", "--text", "你好"], home.path, {}).ended()
    assert.equal(sent.code, 0, sent.stderr)
    assert.match(sent.stdout, /13800000001 +sent +zhangsan/)
    const { messages } = (await (await fetch(`${url}/_sim/messages`)).json()) as {
      messages: { userid: string; body: { text: { content: string } } }[]
    }
    assert.deepEqual(
      messages.map(({ userid, body }) => [userid, body.text.content]),
      [["zhangsan", "你好"]],
    )
  } finally {
    simulator.child.kill("SIGTERM")
  }
  assert.equal((await simulator.ended()).code, 0)
  assert.deepEqual(await readdir(join(home.path, "cache", "wecom-push", "running")), [])
})

test("simulate --json prints where it is; Ctrl-C ends it with 0; a busy port is exit 2 and says so", async () => {
  await using home = await folder()
  const first = start(["simulate", "--port", "0", "--json", "--members", "3"], home.path, {})
  try {
    const told = JSON.parse(await first.says(/\n/)) as { base_url: string; members: number; apps: unknown[] }
    assert.equal(told.members, 9)
    assert.equal(told.apps.length, 3)
    const { port } = new URL(told.base_url)
    const second = await start(["simulate", "--port", port], home.path, {}).ended()
    assert.equal(second.code, 2)
    assert.match(second.stderr, new RegExp(`Port ${port} on 127.0.0.1 is in use.*--port`))
  } finally {
    first.child.kill("SIGINT")
  }
  assert.equal((await first.ended()).code, 0)
})

test("an organisation with faults: all of them reported, exit 2", async () => {
  await using bench = await startBench()
  await bench.file("org.json", '{"members":[{"userid":"a|b"},{"userid":"c","departments":[99]}]}')
  const { code, stderr } = await start(["simulate", "--port", "0", "--org", "org.json"], bench.folder, {}).ended()
  assert.equal(code, 2)
  assert.match(stderr, /members\[0\]\.userid/)
  assert.match(stderr, /members\[1\]\.departments/)
})

test("a simulator warns when what is configured here would be used instead of it", async () => {
  await using home = await folder()
  const simulator = start(["simulate", "--port", "0"], home.path, { WECOM_CORPID: "ww1" })
  try {
    await simulator.says(/WECOM_CORPID is set here/)
  } finally {
    simulator.child.kill("SIGTERM")
  }
  await simulator.ended()
})

test("Ctrl-C while WeCom keeps silent after the request: exit 130, and that it may have arrived", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "message/send", kind: "hang_after", times: 1 })
  const argv = ["send", "--json", "--user", "zhangsan", "--text", "x"]
  const sending = start(argv, bench.folder, bench.env)
  while ((await bench.shown()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  sending.child.kill("SIGINT")
  const { code, stdout } = await sending.ended()
  assert.equal(code, 130)
  const answer = JSON.parse(stdout) as { recipients: { state: string }[]; error: { code: string } }
  assert.equal(answer.recipients[0]?.state, "in_doubt")
  assert.equal(answer.error.code, "aborted")
})

test("Ctrl-C before anything went out: exit 130, and that nothing was sent", async () => {
  await using bench = await startBench()
  await bench.fault({ path: "gettoken", kind: "hang_before", times: 1 })
  const sending = start(["send", "--user", "zhangsan", "--text", "x"], bench.folder, bench.env)
  while ((await bench.calls("gettoken")).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  sending.child.kill("SIGINT")
  const { code, stderr } = await sending.ended()
  assert.equal(code, 130)
  assert.match(stderr, /nothing was sent/)
})

test("a reader that goes away early changes nothing: no complaint, and the exit code of the send", async () => {
  await using bench = await startBench()
  const sending = start(["send", "--user", "zhangsan", "--text", "x"], bench.folder, bench.env)
  sending.child.stdout?.destroy()
  const { code, stderr } = await sending.ended()
  assert.equal(code, 0)
  assert.equal(stderr, "")
  assert.equal((await bench.shown()).length, 1)
})

test("completion: a script for the shell, and answers to what it asks", async () => {
  await using home = await folder()
  const script = await start(["complete", "bash"], home.path, {}).ended()
  assert.equal(script.code, 0)
  assert.match(script.stdout, /wecom-push complete --/)
  const answer = await start(["complete", "--", "send", "--mo"], home.path, {}).ended()
  assert.match(answer.stdout, /^--mobile\t/m)
  assert.match(answer.stdout, /^--mobiles-from\t/m)
  assert.doesNotMatch(answer.stdout, /--gateway/)
})

test("completion takes --lang, as all commands do, before and after the shell's name", async () => {
  await using home = await folder()
  const plain = await start(["complete", "bash"], home.path, {}).ended()
  for (const line of [
    ["complete", "--lang", "zh", "bash"],
    ["complete", "bash", "--lang", "zh"],
    ["--lang", "zh", "complete", "bash"],
  ]) {
    const { code, stdout, stderr } = await start(line, home.path, {}).ended()
    assert.deepEqual([code, stdout], [0, plain.stdout], stderr)
  }
  for (const [language, words] of [
    ["zh", /手机号/],
    ["en", /mobile number/],
  ] as const) {
    const answer = await start(["complete", "--lang", language, "--", "send", "--mo"], home.path, {}).ended()
    assert.match(answer.stdout, words)
    const refused = await start(["complete", "--lang", language, "tcsh"], home.path, {}).ended()
    assert.equal(refused.code, 2)
    assert.equal(/\p{Script=Han}/u.test(refused.stderr), language === "zh")
  }
})

// proves 10.8: exit codes, keys, small things
test("a shell may read the bash completion twice, also after another tool's of the same making, and readonly works on", async () => {
  await using home = await folder()
  const { stdout } = await start(["complete", "bash"], home.path, {}).ended()
  const file = join(home.path, "completion.bash")
  await writeFile(file, stdout)
  const lines = [
    "readonly ShellCompDirectiveNoSpace=2",
    `source ${file}`,
    `source ${file}`,
    "readonly own=1",
    "own=2",
    "echo $ShellCompDirectiveNoSpace $ShellCompDirectiveKeepOrder",
    "complete -p wecom-push",
  ]
  const bash = spawnSync("bash", ["--norc", "-c", lines.join("\n")], { encoding: "utf8" })
  assert.match(bash.stderr, /^[^\n]*own: readonly variable\n$/)
  const again = spawnSync("bash", ["--norc", "-c", lines.filter((line) => !line.includes("own")).join("\n")], {
    encoding: "utf8",
  })
  assert.deepEqual([again.stderr, again.status], ["", 0])
  assert.match(again.stdout, /^2 32\ncomplete .*wecom-push\n$/)
})

test("what a send loads: neither undici, nor zod, nor prompts, nor the gateway; nor does one through a gateway", async () => {
  await using bench = await startGatewayBench()
  const preload = join(import.meta.dirname, "testing", "refuse-heavy-modules.ts")
  const argv = ["send", "--user", "zhangsan", "--text", "x"]
  const through = { WECOM_PUSH_URL: bench.gateway.url, WECOM_PUSH_KEY: adminKey }
  for (const env of [bench.env, through]) {
    // The sources are started, because a built command joins modules into files that have no names of their own.
    const sending = startSources(argv, bench.folder, { ...env, NODE_OPTIONS: `--import ${preload}` })
    const { code, stderr } = await sending.ended()
    assert.equal(code, 0, stderr)
  }
})

const signals = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const

for (const [signal, expected] of signals) {
  // proves 11.S21: signals
  test(`${signal} in the middle of a send, with --json into a file: one object, exit ${expected}`, async () => {
    await using bench = await startBench()
    await bench.fault({ path: "message/send", kind: "hang_after", times: 1 })
    const path = join(bench.folder, "answer.json")
    await using file = await open(path, "w+")
    const argv = ["send", "--json", "--user", "zhangsan", "--text", "x"]
    const sending = start(argv, bench.folder, bench.env, { stdout: file.fd })
    while ((await bench.shown()).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    sending.child.kill(signal)
    assert.equal((await sending.ended()).code, expected)
    const answer = JSON.parse(await readFile(path, "utf8")) as { recipients: { state: string }[] }
    assert.equal(answer.recipients[0]?.state, "in_doubt")
  })

  // proves 11.S21: signals
  test(`${signal} while a send still reads standard input: one object that says nothing was sent, exit ${expected}`, async () => {
    await using bench = await startBench()
    await using sending = start(["send", "--json", "--user", "zhangsan"], bench.folder, bench.env, { stdin: "pipe" })
    const { stdin } = sending.child
    assert.ok(stdin)
    // The pipe takes it at once; the command reads it later.
    await new Promise((resolve) => stdin.write("x".repeat(1_000_000), resolve))
    sending.child.kill(signal)
    const { code, stdout } = await sending.ended()
    assert.equal(code, expected)
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
    assert.equal(error.code, "aborted")
    assert.match(error.message, /nothing was sent/)
    assert.deepEqual(await bench.calls("gettoken"), [])
  })

  // proves 11.S11: a file that stalls
  test(`${signal} while a send waits for the bytes of a pipe as its file: one object, nothing sent, exit ${expected}`, async () => {
    await using bench = await startBench()
    const path = join(bench.folder, "pipe")
    execFileSync("mkfifo", [path])
    await using writer = await open(path, constants.O_RDWR)
    await using sending = start(["send", "--json", "--user", "zhangsan", "--file", path], bench.folder, bench.env)
    // More than the pipe holds: the rest is written when the command reads.
    await writer.write("x".repeat(200_000))
    sending.child.kill(signal)
    const { code, stdout } = await sending.ended()
    assert.equal(code, expected)
    assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "aborted")
    assert.deepEqual(await bench.calls("media/upload"), [])
  })
}

// proves 11.S21: signals
test("SIGTERM ends tail with 143 and Ctrl-C with 130", async () => {
  await using bench = await startGatewayBench()
  const env = { WECOM_PUSH_URL: bench.gateway.url, WECOM_PUSH_KEY: adminKey }
  for (const [signal, expected] of signals) {
    await using following = start(["tail"], bench.folder, env)
    await following.says(/following|following .*http/i)
    following.child.kill(signal)
    assert.equal((await following.ended()).code, expected)
  }
})

const hasFullDisk = existsSync("/dev/full")
const skip = hasFullDisk ? false : "this system has no /dev/full"

// proves 11.S13: output on a full disk
test(
  "standard output on a full disk: the exit code says that it was sent, stderr that the output is lost",
  { skip },
  async () => {
    await using bench = await startBench()
    await using full = await open("/dev/full", "w")
    for (const [argv, expected] of [
      [["send", "--user", "zhangsan", "--text", "x"], 0],
      [["send", "--json", "--user", "zhangsan", "--text", "x"], 0],
      [["send", "--user", "nobody", "--text", "x"], 1],
      [["lookup", "--mobile", "13800000001"], 3],
      [["doctor", "--json"], 3],
      [["--help"], 3],
    ] as const) {
      for (const [lang, sentence] of [
        ["en", /lost: standard output could not be written \(ENOSPC\). The exit code, /],
        ["zh", /输出内容已丢失：无法写入标准输出（ENOSPC）/],
      ] as const) {
        const env = { ...bench.env, LANG: lang === "zh" ? "zh_CN.UTF-8" : "C" }
        const { code, stderr } = await start(argv, bench.folder, env, { stdout: full.fd }).ended()
        assert.equal(code, expected, `${argv.join(" ")}: ${stderr}`)
        assert.match(stderr, sentence)
        assert.doesNotMatch(stderr, /node:internal|at .*\.[jt]s/)
      }
    }
    assert.equal((await bench.shown()).length, 4)
  },
)

const launcher = join(import.meta.dirname, "..", "bin", "wecom-push.js")

/** Starts it through a shell, which can write any byte. */
function inShell(command: string, env: Readonly<Record<string, string>>) {
  const { PATH = "" } = process.env
  const all = { PATH, NODE: process.execPath, LAUNCHER: launcher, ...env }
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { env: all, encoding: "utf8" })
  return { status, stdout, stderr }
}

// proves 11.S22: arguments that are not UTF-8
// proves 12.T5: a bad byte behind Chinese text
test(
  "an argument that is not UTF-8 is exit 2 and named with its place; a sign U+FFFD that was given goes",
  { skip: process.platform !== "linux" && "only Linux shows the bytes" },
  async () => {
    await using home = await folder()
    await using simulator = start(["simulate", "--port", "0", "--json"], home.path, {})
    const { base_url } = JSON.parse(await simulator.says(/\n/)) as { base_url: string }
    const env = {
      HOME: home.path,
      XDG_CACHE_HOME: join(home.path, "cache"),
      WECOM_API_BASE_URL: base_url,
      WECOM_CORP_ID: "ww0000000000000001",
      WECOM_APP_SECRET: "sim-secret-alerts",
      WECOM_AGENT_ID: "1000002",
    }
    const words = '"$NODE" "$LAUNCHER" send --user zhangsan'
    for (const [command, expected] of [
      [`${words} --text "$(printf '磁盘\\304\\343')"`, /--text: word 5 of the command line is not UTF-8: byte 6/],
      [`${words} --text="$(printf '\\377')"`, /--text: word 4 of the command line is not UTF-8: byte 7/],
      [`${words} --lang zh --text "$(printf '\\377')"`, /--text：命令行第 7 个参数不是 UTF-8 编码：其中第 0 字节/],
    ] as const) {
      const { status, stderr } = inShell(command, env)
      assert.equal(status, 2, stderr)
      assert.match(stderr, expected)
    }
    const json = inShell(`${words} --json --text "$(printf '\\377')"`, env)
    assert.equal((JSON.parse(json.stdout) as { error: { code: string } }).error.code, "usage")
    assert.equal(inShell(`${words} --text "a\uFFFDb"`, env).status, 0)
    const { messages } = (await (await fetch(`${base_url}/_sim/messages`)).json()) as {
      messages: { body: { text: { content: string } } }[]
    }
    assert.deepEqual(
      messages.map(({ body }) => body.text.content),
      ["a\uFFFDb"],
    )
  },
)

/** Reads one line of the output and closes the pipe, as `head -1` does. */
async function readOneLine({ child }: Running): Promise<string> {
  const { stdout } = child
  assert.ok(stdout)
  const [line] = (await once(stdout, "data")) as [string]
  stdout.destroy()
  return line
}

const quickCard = {
  card_type: "button_interaction",
  task_id: "deploy-1",
  main_title: { title: "Deploy?" },
  button_list: [{ text: "Yes", key: "yes" }],
}

async function press(bench: Bench, task: string): Promise<string> {
  const card = JSON.stringify({ ...quickCard, task_id: task })
  const sent = await bench.run(["send", "--json", "--user", "zhangsan", "--template-card", card])
  const click = { msgid: sent.json.calls[0]?.msgid, key: "yes", selected: {} }
  const { state } = (await bench.control("POST", "phones/zhangsan/click", click)) as { state: string }
  return state
}

// proves 11.S12: a reader that goes away
test("listen ends when its reader has gone, with 0, and what it could not print is not acknowledged", async () => {
  await using bench = await startBench()
  await using listening = start(["listen", "--port", "0", "--json"], bench.folder, bench.env)
  await listening.says(/Listening|listening/)
  const line = readOneLine(listening)
  assert.equal(await press(bench, "deploy-1"), "delivered")
  assert.match(await line, /"TaskId":"deploy-1"/)
  assert.notEqual(await press(bench, "deploy-2"), "delivered")
  const { code, stderr } = await listening.ended()
  assert.equal(code, 0, stderr)
  assert.match(stderr, /The output was closed/)
})

// proves 11.S12: a reader that goes away
test("tail ends when its reader has gone, with 0, and says where to continue", async () => {
  await using bench = await startGatewayBench()
  const env = { WECOM_PUSH_URL: bench.gateway.url, WECOM_PUSH_KEY: adminKey }
  await using following = start(["tail", "--json"], bench.folder, env)
  await following.says(/Following/)
  const line = readOneLine(following)
  const send = ["send", "--user", "zhangsan", "--text"]
  assert.equal((await bench.run([...send, "1"])).code, 0)
  const first = JSON.parse((await line).split("\n")[0] ?? "") as { id: number }
  assert.equal((await bench.run([...send, "2"])).code, 0)
  const { code, stderr } = await following.ended()
  assert.equal(code, 0, stderr)
  const after = Number(/--after (\d+)/.exec(stderr)?.[1])
  assert.ok(after >= first.id, stderr)
  await using again = start(["tail", "--json", "--after", String(after)], bench.folder, env)
  await again.says(new RegExp(`"id":"?${after + 1}\\b`))
})

// proves 11.S13: output on a full disk
test("listen and tail on a full disk end with 3 and say so", { skip }, async () => {
  await using bench = await startGatewayBench()
  await using full = await open("/dev/full", "w")
  const gateway = { WECOM_PUSH_URL: bench.gateway.url, WECOM_PUSH_KEY: adminKey }
  await using following = start(["tail"], bench.folder, gateway, { stdout: full.fd })
  await following.says(/Following/)
  assert.equal((await bench.run(["send", "--user", "zhangsan", "--text", "1"])).code, 0)
  const tailed = await following.ended()
  assert.equal(tailed.code, 3, tailed.stderr)
  assert.match(tailed.stderr, /ENOSPC/)
  await using wecom = await startBench()
  await using listening = start(["listen", "--port", "0"], wecom.folder, wecom.env, { stdout: full.fd })
  await listening.says(/listening/i)
  assert.notEqual(await press(wecom, "deploy-1"), "delivered")
  const listened = await listening.ended()
  assert.equal(listened.code, 3, listened.stderr)
  assert.match(listened.stderr, /ENOSPC/)
})
