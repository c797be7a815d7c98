import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { test } from "node:test"
import type { TestContext } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"

const START = join(import.meta.dirname, "start.ts")

/** A list whose only start makes a file and deletes it when it is released. */
function listIn(folder: string, and = ""): string {
  const list = join(folder, "list.ts")
  writeFileSync(
    list,
    `import { rmSync, writeFileSync } from "node:fs"
     const made = ${JSON.stringify(join(folder, "made"))}
     export const STARTS = [{
       name: "the file",
       isNeededBy: (files) => files.includes("needs.test.ts"),
       async start(resources) {
         writeFileSync(made, "")
         resources.defer(() => rmSync(made))
         return { MADE: made }
       },
     }, ${and}]`,
  )
  return list
}

/** A runner that releases it when the runner's input ends. */
function runnerOf(t: TestContext, list: string, files: readonly string[]): ChildProcess {
  const source = `import { startForAllTests } from ${JSON.stringify(START)}
    await using started = await startForAllTests(${JSON.stringify(files)}, ${JSON.stringify(list)})
    console.log(JSON.stringify(started.env))
    process.stdin.resume()
    await new Promise((resolve) => process.stdin.once("end", resolve))`
  const runner = spawn(process.execPath, ["--input-type=module-typescript", "--eval", source], {
    stdio: ["pipe", "pipe", "pipe"],
  })
  t.after(() => runner.kill("SIGKILL"))
  return runner
}

async function envOf({ stdout }: ChildProcess): Promise<Readonly<Record<string, string>>> {
  assert.ok(stdout)
  const [line] = (await once(createInterface(stdout), "line")) as [string]
  return JSON.parse(line) as Record<string, string>
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "for-all-"))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

test("what is started for all tests gives its variables, and is gone when the run has ended", async (t) => {
  const folder = folderFor(t)
  const runner = runnerOf(t, listIn(folder), ["needs.test.ts"])
  const made = join(folder, "made")
  assert.deepEqual(await envOf(runner), { MADE: made })
  assert.ok(existsSync(made))
  runner.stdin?.end()
  await once(runner, "exit")
  assert.equal(existsSync(made), false)
})

for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
  test(`it is gone too when the runner is ended by ${signal}`, async (t) => {
    const folder = folderFor(t)
    const runner = runnerOf(t, listIn(folder), ["needs.test.ts"])
    await envOf(runner)
    runner.kill(signal)
    for (let tries = 0; tries < 200 && existsSync(join(folder, "made")); tries += 1) await sleep(100)
    assert.equal(existsSync(join(folder, "made")), false)
  })
}

test("what no file needs is not started", async (t) => {
  const folder = folderFor(t)
  const runner = runnerOf(t, listIn(folder), ["other.test.ts"])
  assert.deepEqual(await envOf(runner), {})
  assert.equal(existsSync(join(folder, "made")), false)
})

test("what cannot be started is named, and the others are there", async (t) => {
  const bad = `{ name: "the bad one", isNeededBy: () => true, async start() { throw new Error("no room") } }`
  const folder = folderFor(t)
  const runner = runnerOf(t, listIn(folder, bad), ["needs.test.ts"])
  const errors: string[] = []
  runner.stderr?.on("data", (chunk) => errors.push(String(chunk)))
  assert.deepEqual(await envOf(runner), { MADE: join(folder, "made") })
  assert.match(errors.join(""), /the bad one could not be started for all tests: Error: no room/)
})
