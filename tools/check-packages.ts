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
for (const folder of await packageFolders()) {
  const { name, exports } = await manifestOf(folder)
  await run(bin("publint"), ["--strict", folder])
  if ("." in exports) await run(bin("attw"), ["--profile", "esm-only", "--pack", folder])
  for (const entry of Object.keys(exports)) {
    if (entry.endsWith(".json")) continue
    const specifier = name + entry.slice(1)
    await run(process.execPath, ["--input-type=module", "-e", `await import(${JSON.stringify(specifier)})`], {
      cwd: packed.home,
    })
    console.log(`imported ${specifier}`)
  }
}
const { stdout } = await run(process.execPath, [packed.command, "--version"], { cwd: packed.home })
console.log(`the packed command answers ${stdout.trim()}`)
