// Packs every package as for a release, installs them in a folder, and uses them there: imports every entry, runs the
// command, and checks the metadata.
import { execFile } from "node:child_process"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { basename, join, relative, resolve } from "node:path"
import { promisify } from "node:util"
import { fencedBlocks } from "./fenced-blocks.ts"
import { contentFaults } from "./package-contents.ts"
import { manifestOf, packageFolders, packCommand } from "./packed-command.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
const bin = (name: string): string => join(root, "node_modules", ".bin", name)

await using packed = await packCommand()
const tarballs = await packed.writeTarballs(join(packed.home, "tarballs"))
// Each package waits for one process at a time, so all packages are checked at once.
for (const imported of await Promise.all((await packageFolders()).map(check))) {
  for (const specifier of imported) console.log(`imported ${specifier}`)
}
const { stdout } = await run(process.execPath, [packed.command, "--version"], { cwd: packed.home })
console.log(`the packed command answers ${stdout.trim()}`)

for (const readme of await Promise.all((await packageFolders()).map(runReadmes))) console.log(readme)

/** @returns the entries that were imported */
async function check(folder: string): Promise<string[]> {
  const { name, exports } = await manifestOf(folder)
  const installed = join(packed.home, "node_modules", name)
  const faults = contentFaults(
    await filesBelow(installed),
    await readFile(join(installed, "README.md"), "utf8").catch(() => ""),
  )
  if (faults.length > 0) throw new Error(`the tarball of ${name}: ${faults.join("; ")}`)
  const tarball = tarballs.get(name) ?? ""
  await run(bin("publint"), ["--strict", tarball])
  if ("." in exports) await run(bin("attw"), [tarball, "--ignore-rules", "cjs-resolves-to-esm"])
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"))
  const specifiers = entries.map((entry) => name + entry.slice(1))
  for (const specifier of specifiers) {
    await run(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(specifier)})`], {
      cwd: packed.home,
    })
  }
  return specifiers
}

/** Runs the TypeScript of the READMEs unchanged, with Node, in a folder that has the packages it imports. */
async function runReadmes(folder: string): Promise<string> {
  const { name } = await manifestOf(folder)
  const texts = ["README.md", "README.zh-CN.md"].map((file) => readFile(join(folder, file), "utf8"))
  const blocks = (await Promise.all(texts)).flatMap(fencedBlocks).filter(({ language }) => language === "ts")
  const programs = new Set(blocks.map(({ body }) => body))
  const home = join(packed.home, `readme-${basename(folder)}`)
  await mkdir(home)
  for (const [index, program] of [...programs].entries()) {
    const file = join(home, `${index}.ts`)
    await writeFile(file, program)
    const { stdout } = await run(process.execPath, [file], { cwd: home, timeout: 60_000 })
    if (stdout.trim() === "") throw new Error(`the example in the README of ${name} prints nothing`)
  }
  return `ran ${programs.size} programs of the READMEs of ${name}`
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}
