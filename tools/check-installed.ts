// Checks each package in an empty project of its own: it can be imported and required, its types pass strict TypeScript, its
// maps lead to the sources they contain, and it has not grown. The types of all packages in one project must also pass an
// older TypeScript, which takes five times as long.
import { execFile } from "node:child_process"
import { glob, readFile, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { fetchProgram } from "./fetch-program.ts"
import { ceilingFault } from "./install-ceilings.ts"
import { installAlone } from "./installed-alone.ts"
import { mapFaults } from "./map-faults.ts"
import { manifestOf, packageFolders, packCommand } from "./packed-command.ts"
import type { Manifest } from "./packed-command.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
/** Many projects still use it. It is not a dependency, because two versions of one package cannot be installed side by side. */
const OLDER_TYPESCRIPT = "typescript@5.9.3"

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2024",
  lib: ["esnext"],
  module: "nodenext",
  types: ["node"],
}

const [packed, olderTsc] = await Promise.all([packCommand(), fetchProgram(OLDER_TYPESCRIPT, "bin/tsc")])
await using _packed = packed
const tsc = join(root, "node_modules", "typescript", "bin", "tsc")
// The checks run at the same time: the compilers take most of the time, and each uses one processor.
const checks = await Promise.allSettled([...(await packageFolders()).map(check), checkOlder()])
for (const result of checks) {
  if (result.status === "fulfilled") console.log(result.value)
  else console.error(result.reason instanceof Error ? result.reason.message : result.reason)
}
process.exitCode = checks.every(({ status }) => status === "fulfilled") ? 0 : 1

async function check(folder: string): Promise<string> {
  const { name, exports } = await manifestOf(folder)
  await using alone = await installAlone(packed.home, name, ["@types/node"])
  const specifiers = specifiersOf(name, exports)
  const inHome = (argv: readonly string[]) => runNode(alone.home, argv, `${name} in an empty project`)
  if (specifiers.length > 0) {
    const code = specifiers.map((specifier) => `import ${JSON.stringify(specifier)}`).join("\n")
    await inHome(["--input-type=module", "-e", code])
    const required = specifiers.map((specifier) => `require(${JSON.stringify(specifier)})`).join("\n")
    await inHome(["--input-type=commonjs", "-e", required])
    await writeProject(alone.home, specifiers)
    await inHome([tsc, "-p", "."])
  }
  const maps = await checkMaps(join(alone.home, "node_modules", name))
  const fault = ceilingFault(name, alone)
  if (fault !== undefined) throw new Error(fault)
  const size = `${(alone.bytes / 1e6).toFixed(1)} MB in ${alone.packages} packages`
  return `${name} in an empty project: ${size}, ${specifiers.length} entries, ${maps} maps`
}

/** Checks all packages in one project; the check of each package alone finds a missing dependency. */
async function checkOlder(): Promise<string> {
  const manifests = await Promise.all((await packageFolders()).map(manifestOf))
  const specifiers = manifests.flatMap(({ name, exports }) => specifiersOf(name, exports))
  const [first = "", ...others] = manifests.map(({ name }) => name)
  await using together = await installAlone(packed.home, first, [...others, "@types/node"])
  await writeProject(together.home, specifiers)
  await runNode(together.home, [olderTsc, "-p", "."], `all packages under ${OLDER_TYPESCRIPT}`)
  return `all packages under ${OLDER_TYPESCRIPT}: ${specifiers.length} entries`
}

/** Each entry that is a module. */
function specifiersOf(name: string, exports: Manifest["exports"]): string[] {
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"))
  return entries.map((entry) => name + entry.slice(1))
}

/** A project that uses the types of each entry. */
async function writeProject(home: string, specifiers: readonly string[]): Promise<void> {
  const typed = specifiers.map((specifier, index) => `export * as entry${index} from ${JSON.stringify(specifier)}`)
  await writeFile(join(home, "index.ts"), typed.join("\n"))
  await writeFile(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions: STRICT, files: ["index.ts"] }))
}

async function runNode(home: string, argv: readonly string[], where: string): Promise<void> {
  await run(process.execPath, argv, { cwd: home }).catch((error: unknown) => {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }
    throw new Error(`${where}: ${argv.join(" ")}\n${stdout}${stderr}`)
  })
}

async function checkMaps(folder: string): Promise<number> {
  let maps = 0
  for await (const file of glob("**/*.js.map", { cwd: folder })) {
    const [map, code] = await Promise.all(
      [file, file.slice(0, -".map".length)].map((path) => readFile(join(folder, path), "utf8")),
    )
    const faults = mapFaults(map ?? "", code ?? "")
    if (faults.length > 0) throw new Error(`${join(folder, file)}: ${faults.slice(0, 3).join("; ")}`)
    maps++
  }
  return maps
}
