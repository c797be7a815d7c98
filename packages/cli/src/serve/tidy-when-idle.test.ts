import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { tidyWhenIdle } from "./tidy-when-idle.ts"

test("it is tidied once, and not while there is work", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let tidied = 0
  tidyWhenIdle({
    lookEveryMs: 20,
    tidy: () => {
      tidied++
      resolve()
    },
  })
  for (const until = performance.now() + 100; performance.now() < until; await new Promise(setImmediate)) {
    for (const busy = performance.now() + 15; performance.now() < busy;);
  }
  assert.equal(tidied, 0)
  await withPatience(promise)
  await sleep(100)
  assert.equal(tidied, 1)
})

test("by default the whole heap is tidied", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const registry = new FinalizationRegistry<void>(resolve)
  registry.register({ of: "no use" }, undefined)
  tidyWhenIdle()
  await withPatience(promise)
})

test("compiled code is kept for the next start, though this process be killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "compiled-"))
  try {
    const script = `
      import { enableCompileCache } from "node:module"
      enableCompileCache(${JSON.stringify(folder)})
      const { tidyWhenIdle } = await import(${JSON.stringify(new URL("tidy-when-idle.ts", import.meta.url).href)})
      tidyWhenIdle()
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit", env: {} })
    const until = performance.now() + 20_000
    try {
      while (readdirSync(folder, { recursive: true }).length < 2 && performance.now() < until) await sleep(50)
    } finally {
      child.kill("SIGKILL")
    }
    assert.ok(readdirSync(folder, { recursive: true }).length >= 2, "nothing was kept")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

async function withPatience(promise: Promise<void>): Promise<void> {
  const patience = new AbortController()
  const over = async (): Promise<void> => {
    await sleep(20_000, undefined, { signal: patience.signal })
    throw new Error("it never came about")
  }
  try {
    await Promise.race([promise, over()])
  } finally {
    patience.abort()
  }
}
