// Packs every package as it would be published, lays them out as an installation would, and uses them from there:
// every entry is imported, the command is run, and the metadata is examined.
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
// One process is waited for after another, which leaves room for other packages.
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

/** What the READMEs show in TypeScript, as printed: beside the packages it imports, and by Node as it is. */
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
