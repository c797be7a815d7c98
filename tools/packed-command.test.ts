import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { basename, join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { packCommand } from "./packed-command.ts"

test("the command is packed as it is published: compiled, without sources, and runs from its own folder", async () => {
  await using packed = await packCommand()
  const packages = join(packed.home, "node_modules", "@wecom-push")
  for (const name of [...readdirSync(packages).map((one) => join(packages, one)), join(packed.command, "../..")]) {
    assert.ok(existsSync(join(name, "dist")), name)
    assert.ok(!existsSync(join(name, "src")), name)
    assert.ok(realpathSync(name).startsWith(realpathSync(packed.home)), name)
  }
  const { stdout } = await promisify(execFile)(process.execPath, [packed.command, "--version"], { env: {} })
  assert.equal(stdout.trim(), packed.version)
})

test("several who ask at once have installations of their own, which go when they are disposed of", async () => {
  const all = await Promise.all([packCommand(), packCommand(), packCommand()])
  assert.equal(new Set(all.map(({ home }) => home)).size, 3)
  for (const packed of all) {
    assert.ok(existsSync(packed.command))
    await packed[Symbol.asyncDispose]()
    assert.ok(!existsSync(packed.home))
  }
})

test("what is run is told in one line: version, packed, Node and commit", async () => {
  await using packed = await packCommand()
  const line =
    /^gateway: wecom-push \d+\.\d+\.\d+, packed, `wecom-push serve`, Node \d+\.\d+\.\d+, commit \S+(?: with changes)?$/
  assert.match(packed.describe(), line)
})

test("before it is known which command is asked for, two files are loaded and nothing of what commands need", async () => {
  await using packed = await packCommand()
  const coverage = join(packed.home, "coverage")
  const env = { NODE_V8_COVERAGE: coverage }
  await promisify(execFile)(process.execPath, [packed.command, "--help"], { env })
  const loaded = readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), "utf8")) as { result: readonly { url: string }[] }
    return result.flatMap(({ url }) => (url.includes("/dist/") ? basename(url).replace(/-[\w-]{8}\.js$/, ".js") : []))
  })
  assert.deepEqual(loaded.toSorted(), ["main.js", "start.js"])
})
