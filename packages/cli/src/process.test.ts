import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { startBench } from "./testing/try-command.ts"

const launcher = join(import.meta.dirname, "..", "bin", "wecom-push.js")

interface Running {
  readonly child: ChildProcess
  /** Resolves with stdout and stderr so far once they hold this. */
  says(what: RegExp): Promise<string>
  ended(): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

function start(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [launcher, ...argv], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, XDG_CACHE_HOME: join(cwd, "cache"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  const waiting = new Set<() => void>()
  const heard = (): void => {
    for (const wake of waiting) wake()
  }
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    heard()
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
    heard()
  })
  const closed = once(child, "close")
  void closed.then(heard)
  return {
    child,
    async says(what) {
      while (!what.test(stdout + stderr)) {
        if (child.exitCode !== null) throw new Error(`ended without saying ${what}: ${stdout}${stderr}`)
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.add(resolve)
        await promise
        waiting.delete(resolve)
      }
      return stdout + stderr
    },
    async ended() {
      await closed
      return { code: child.exitCode, stdout, stderr }
    },
  }
}

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
  assert.ok(!(await readdir(join(home.path, "cache", "wecom-push"))).includes("simulator.json"))
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

test("what a send loads: neither undici, nor zod, nor prompts", async () => {
  await using bench = await startBench()
  const { code } = await start(["send", "--user", "zhangsan", "--text", "x"], bench.folder, {
    ...bench.env,
    NODE_OPTIONS: `--import ${join(import.meta.dirname, "testing", "refuse-heavy-modules.ts")}`,
  }).ended()
  assert.equal(code, 0)
})
