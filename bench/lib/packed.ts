import type { ChildProcess } from "node:child_process"
import { rmSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type * as Sdk from "@wecom-push/sdk"
import { packCommand } from "../../tools/packed-command.ts"
import type { PackedCommand } from "../../tools/packed-command.ts"

let packing: Promise<PackedCommand> | undefined

/** The published packages, packed and installed once for all rows; deleted when this process ends. */
export function packed(): Promise<PackedCommand> {
  packing ??= pack()
  return packing
}

async function pack(): Promise<PackedCommand> {
  const made = await packCommand()
  process.once("exit", () => {
    for (const child of started) child.kill("SIGKILL")
    rmSync(made.home, { recursive: true, force: true })
  })
  // A run that is ended early must not leave servers behind.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1))
  return made
}

const started = new Set<ChildProcess>()

/** Ends a process of the packed command when this process ends, at the latest. */
export function endWithUs(child: ChildProcess): void {
  started.add(child)
  child.once("exit", () => started.delete(child))
}

/** The SDK as an installed program imports it. @param home where the packed packages are installed */
export async function packedSdk(home: string): Promise<typeof Sdk> {
  const entry = createRequire(join(home, "program.js")).resolve("@wecom-push/sdk")
  return (await import(pathToFileURL(entry).href)) as typeof Sdk
}
