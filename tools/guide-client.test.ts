import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtempDisposable, readFile, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { ADMIN_KEY } from "../packages/gateway/src/http/testing/start-gateway.ts"
import { startWithSimulator } from "../packages/gateway/src/http/testing/start-with-simulator.ts"
import { isShown } from "./shell-examples.ts"

const root = resolve(import.meta.dirname, "..")

for (const language of ["", ".zh-CN"]) {
  test(`the programs of guide-client${language}.md print what it shows`, async () => {
    const programs = programsOf(await readFile(join(root, "docs", `guide-client${language}.md`), "utf8"))
    assert.ok(programs.length >= 4, `${programs.length} programs`)
    await using world = await startWithSimulator()
    await using folder = await mkdtempDisposable(join(tmpdir(), "wecom-push-guide-client-"))
    await symlink(join(root, "node_modules"), join(folder.path, "node_modules"))
    for (const [index, { code, output }] of programs.entries()) {
      const file = join(folder.path, `${index}.ts`)
      await writeFile(
        file,
        code.replaceAll("http://127.0.0.1:7788", world.gateway.url).replaceAll("wp_simulator", ADMIN_KEY),
      )
      const argv = ["--conditions=wecom-push-source", file]
      const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 60_000 })
      assert.ok(isShown(output, stdout), `${code}\nprinted:\n${stdout}\ninstead of:\n${output}`)
    }
  })
}

interface Program {
  readonly code: string
  readonly output: string
}

/** Each block of TypeScript, with the block of text that follows it. */
function programsOf(guide: string): readonly Program[] {
  const blocks = guide.matchAll(/^```ts\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm)
  return [...blocks].map(([, code = "", output = ""]) => ({ code, output }))
}
