// Packs every package as it would be published, lays them out as an installation would, and uses them from there:
// every entry is imported, the command is run, and the metadata is examined.
import { execFile } from "node:child_process"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { manifestOf, packageFolders, packCommand } from "./packed-command.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
const bin = (name: string): string => join(root, "node_modules", ".bin", name)

await using packed = await packCommand()
// One process is waited for after another, which leaves room for other packages.
for (const imported of await Promise.all((await packageFolders()).map(check))) {
  for (const specifier of imported) console.log(`imported ${specifier}`)
}
const { stdout } = await run(process.execPath, [packed.command, "--version"], { cwd: packed.home })
console.log(`the packed command answers ${stdout.trim()}`)

/** @returns the entries that were imported */
async function check(folder: string): Promise<string[]> {
  const { name, exports } = await manifestOf(folder)
  await run(bin("publint"), ["--strict", folder])
  if ("." in exports) await run(bin("attw"), ["--ignore-rules", "cjs-resolves-to-esm", "--pack", folder])
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"))
  const specifiers = entries.map((entry) => name + entry.slice(1))
  for (const specifier of specifiers) {
    await run(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(specifier)})`], {
      cwd: packed.home,
    })
  }
  return specifiers
}
