import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { copyFile, mkdir, mkdtempDisposable, readFile, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { buildGo } from "../clients/testing/build-go.ts"
import { ADMIN_KEY } from "../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { startWithSimulator } from "../packages/gateway/src/doors/http/testing/start-with-simulator.ts"
import { isShown } from "./shell-examples.ts"
import { pathOf, without } from "./testing/programs.ts"

const root = resolve(import.meta.dirname, "..")

/** How many programs of each guide show their output; the other blocks are parts of programs, which are only compiled. */
const TYPESCRIPT = { "guide-client": 4, "guide-sdk": 1, "simulator/tests": 1 }

for (const [name, count] of Object.entries(TYPESCRIPT)) {
  for (const language of ["", ".zh-CN"]) {
    // proves 30.client: the guide's examples
    test(`the programs of the page ${name}${language} print what it shows`, async () => {
      const programs = programsOf(await guide(language, name), "ts")
      assert.equal(programs.length, count)
      await using folder = await mkdtempDisposable(join(tmpdir(), "wecom-push-guide-"))
      await symlink(join(root, "node_modules"), join(folder.path, "node_modules"))
      await expectShown(programs, async (code, index) => {
        const file = join(folder.path, `${index}.ts`)
        await writeFile(file, code)
        return [process.execPath, "--conditions=wecom-push-source", file]
      })
    })
  }
}

// proves 30.python: the guide's example in Python
test("the program of guide-client.md in Python prints what it shows", { skip: without("python3") }, async () => {
  const programs = programsOf(await guide(""), "python")
  assert.equal(programs.length, 1)
  assert.deepEqual(programsOf(await guide(".zh-CN"), "python"), programs)
  await using folder = await mkdtempDisposable(join(tmpdir(), "wecom-push-guide-client-"))
  await copyFile(join(root, "clients/python/wecom_push.py"), join(folder.path, "wecom_push.py"))
  await expectShown(programs, async (code) => {
    const file = join(folder.path, "program.py")
    await writeFile(file, code)
    return [pathOf("python3"), file]
  })
})

// proves 30.go: the guide's example in Go
test("the program of guide-client.md in Go prints what it shows", { skip: without("go") }, async () => {
  const programs = programsOf(await guide(""), "go")
  assert.equal(programs.length, 1)
  assert.deepEqual(programsOf(await guide(".zh-CN"), "go"), programs)
  await using folder = await mkdtempDisposable(join(tmpdir(), "wecom-push-guide-client-"))
  await using resources = new AsyncDisposableStack()
  await writeFile(join(folder.path, "go.mod"), "module example.com/you\n\ngo 1.19\n")
  await mkdir(join(folder.path, "wecompush"))
  await copyFile(join(root, "clients/go/wecompush.go"), join(folder.path, "wecompush", "wecompush.go"))
  await expectShown(programs, async (code) => {
    await writeFile(join(folder.path, "main.go"), code)
    const { program } = resources.use(await buildGo(folder.path, "."))
    return [program]
  })
})

/** Checks that each program, with a gateway of its own, prints what the guide shows. */
async function expectShown(
  programs: readonly Program[],
  prepare: (code: string, index: number) => Promise<readonly [program: string, ...argv: string[]]>,
): Promise<void> {
  await using world = await startWithSimulator()
  const env = { ...process.env, no_proxy: "*", NO_PROXY: "*" }
  for (const [index, { code, output }] of programs.entries()) {
    const here = code
      .replaceAll("http://127.0.0.1:7788", world.gateway.url)
      .replaceAll("http://127.0.0.1:7780", world.simulator.url)
      .replaceAll("wp_simulator", ADMIN_KEY)
    const [program, ...argv] = await prepare(here, index)
    const { stdout } = await promisify(execFile)(program, argv, { env, timeout: 60_000 })
    assert.ok(isShown(output, stdout), `${code}\nprinted:\n${stdout}\ninstead of:\n${output}`)
  }
}

interface Program {
  readonly code: string
  readonly output: string
}

function guide(language: string, name = "guide-client"): Promise<string> {
  return readFile(join(root, "docs", `${name}${language}.md`), "utf8")
}

/** Each block of a language, with the block of text that follows it. */
function programsOf(markdown: string, language: string): readonly Program[] {
  const blocks = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`\n\n\`\`\`text\n([\\s\\S]*?)^\`\`\`$`, "gm")
  return [...markdown.matchAll(blocks)].map(([, code = "", output = ""]) => ({ code, output }))
}
