import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { adminKey, startGatewayBench } from "./testing/gateway-bench.ts"
import { start } from "./testing/start-process.ts"
import { startBench } from "./testing/try-command.ts"

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

test("an organisation with faults: all of them told, exit 2", async () => {
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
    const sending = start(argv, bench.folder, { ...env, NODE_OPTIONS: `--import ${preload}` })
    const { code, stderr } = await sending.ended()
    assert.equal(code, 0, stderr)
  }
})
