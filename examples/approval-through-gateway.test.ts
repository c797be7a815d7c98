import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { test } from "node:test"

interface Shown {
  readonly msgid: string
  readonly body: {
    readonly template_card: { readonly replace_text?: string; readonly main_title: { readonly desc: string } }
  }
}

/** A program as a person runs it in a terminal. */
function run(argv: readonly string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }) {
  const child = spawn(process.execPath, argv, {
    cwd,
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], HOME: cwd, XDG_CACHE_HOME: join(cwd, "cache"), ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exitCode = new Promise((resolve) => child.once("exit", resolve))
  return {
    exitCode,
    interrupt: () => void child.kill("SIGINT"),
    async nextLine(): Promise<string> {
      return String((await lines.next()).value)
    },
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await exitCode
    },
  }
}

const pathOf = (file: string): string => new URL(file, import.meta.url).pathname

// proves 4.3: cards as a loop
test("through the gateway too an approval changes on the phone when it is pressed", { timeout: 60_000 }, async () => {
  const home = await mkdtemp(join(tmpdir(), "wecom-push-example-"))
  await using gateway = run(
    [pathOf("../packages/cli/bin/wecom-push.js"), "serve", "--simulator", "0", "--port", "0", "--json"],
    { cwd: home },
  )
  const { url, simulator } = JSON.parse(await gateway.nextLine()) as { url: string; simulator: { base_url: string } }
  const phones = simulator.base_url
  await using approval = run(["--conditions=wecom-push-source", pathOf("approval-through-gateway.ts")], {
    cwd: home,
    env: { WECOM_PUSH_URL: url },
  })
  assert.match(await approval.nextLine(), /^msg_\S+ is on its way to zhangsan/)
  const phone = async (): Promise<Shown> => {
    for (;;) {
      const response = await fetch(`${phones}/_sim/messages?userid=zhangsan`)
      const [shown] = ((await response.json()) as { messages: Shown[] }).messages
      if (shown !== undefined) return shown
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const click = { msgid: (await phone()).msgid, key: "reject", selected: { budget: ["office"] } }
  const pressed = await fetch(`${phones}/_sim/phones/zhangsan/click`, { method: "POST", body: JSON.stringify(click) })
  assert.equal(((await pressed.json()) as { state: string }).state, "delivered")
  assert.equal(await approval.nextLine(), "zhangsan rejected, budget office")
  const { replace_text, main_title } = (await phone()).body.template_card
  assert.deepEqual([replace_text, main_title.desc], ["已驳回", "已驳回"])

  approval.interrupt()
  assert.equal(await approval.exitCode, 0)
  gateway.interrupt()
  assert.equal(await gateway.exitCode, 0)
  await rm(home, { recursive: true, force: true })
})
