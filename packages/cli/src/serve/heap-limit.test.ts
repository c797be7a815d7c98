import assert from "node:assert/strict"
import { mkdtempDisposable, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { packedStart } from "../testing/packed-start.ts"
import { startBench } from "../testing/try-command.ts"

const KEY = "an-admin-key-of-more-than-32-characters"
/** Prints each flag that V8 is given. */
const SHOW_FLAGS = `
  import { syncBuiltinESMExports } from "node:module"
  import v8 from "node:v8"
  const set = v8.setFlagsFromString
  v8.setFlagsFromString = (flag) => {
    process.stderr.write("V8 flag " + flag + "\\n")
    set(flag)
  }
  syncBuiltinESMExports()`

const start = packedStart()

for (const [what, options, expected] of [
  ["limits V8's heap", "", ["--heap-growing-percent=75", "--semi-space-growth-factor=2"]],
  ["leaves V8's heap alone where its size is named", " --max-semi-space-size=64", []],
] as const) {
  // proves 29.E7: a message to many that waits
  test(`29.E7: while it sends a message to over 100,000, the command ${what}; for one to few it does not`, async () => {
    await using bench = await startBench()
    await using home = await mkdtempDisposable(join(tmpdir(), "wecom-push-heap-"))
    const shows = join(home.path, "show-flags.mjs")
    await writeFile(shows, SHOW_FLAGS)
    const env = { ...bench.env, WECOM_PUSH_ADMIN_KEY: KEY, NODE_OPTIONS: `--import=${shows}${options}` }
    await using gateway = start(["serve", "--port", "0", "--json"], home.path, env)
    const { url } = JSON.parse(/^\{"url".*\}$/m.exec(await gateway.says(/^\{"url".*\}$/m))?.[0] ?? "")
    const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" }
    const flags = async (): Promise<readonly string[]> => {
      const said = await gateway.says(/"url"/)
      return Array.from(said.matchAll(/^V8 flag (--(?:heap|semi)\S+)$/gm), ([, flag = ""]) => flag)
    }
    const send = async (users: readonly string[]): Promise<void> => {
      const body = JSON.stringify({ to: { users }, msgtype: "text", text: { content: "hello" } })
      const accepted = await fetch(`${url}/v1/messages`, { method: "POST", headers, body })
      const { id } = (await accepted.json()) as { id: string }
      for (;;) {
        const message = await fetch(`${url}/v1/messages/${id}`, { headers })
        const { recipients } = (await message.json()) as { recipients: { pending: number } }
        if (recipients.pending === 0) return
        await sleep(50)
      }
    }
    await send(["zhangsan"])
    assert.deepEqual(await flags(), [])
    await send(Array.from({ length: 100_001 }, (_, n) => `member-${n}`))
    assert.deepEqual((await flags()).slice(0, 2), expected)
  })
}
