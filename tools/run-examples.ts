// Runs the examples that need other test runners or libraries. Each has a lock of its own, so `npm ci` at the root does not
// install them. They run copied beside the packed packages, as for a user: node tools/run-examples.ts [vitest|jest|tracing]
import { spawn } from "node:child_process"
import { once } from "node:events"
import { access, cp, symlink } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { packCommand } from "./packed-command.ts"

// The Vitest example pins Vite 8.3: 8.4.0 needs an optional package that the registry lacks, so `npm ci` refuses it.
const EXAMPLES = ["vitest", "jest", "tracing"]
const wanted = process.argv.slice(2)

const root = resolve(import.meta.dirname, "..")
await using packed = await packCommand()
for (const name of EXAMPLES.filter((one) => wanted.length === 0 || wanted.includes(one))) {
  const from = join(root, "examples", name)
  await run(from, "npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
  const to = join(packed.home, name)
  await cp(from, to, { recursive: true, filter: (path) => basename(path) !== "node_modules" })
  await symlink(join(from, "node_modules"), join(to, "node_modules"))
  await run(to, "npm", ["test"])
  if (await isThere(join(to, "tsconfig.json"))) await run(to, join(root, "node_modules/.bin/tsc"), ["-p", "."])
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Runs a command in a folder and shows its output. @throws when it does not end with 0 */
async function run(cwd: string, command: string, args: readonly string[]): Promise<void> {
  console.log(`${basename(cwd)}: ${command} ${args.join(" ")}`)
  const [code] = (await once(spawn(command, args, { cwd, stdio: "inherit" }), "exit")) as [number | null]
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} in ${cwd} ended with ${code ?? "a signal"}`)
}
