import { rmSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type * as Sdk from "@wecom-push/sdk"
import { packCommand } from "../../tools/packed-command.ts"
import type { PackedCommand } from "../../tools/packed-command.ts"

let packing: Promise<PackedCommand> | undefined

/** What is published, packed and installed once, however many rows ask for it; goes with this process. */
export function packed(): Promise<PackedCommand> {
  packing ??= pack()
  return packing
}

async function pack(): Promise<PackedCommand> {
  const made = await packCommand()
  process.once("exit", () => rmSync(made.home, { recursive: true, force: true }))
  return made
}

/** The SDK as a program imports it that is installed beside it. @param home where the packed packages are installed */
export async function packedSdk(home: string): Promise<typeof Sdk> {
  const entry = createRequire(join(home, "program.js")).resolve("@wecom-push/sdk")
  return (await import(pathToFileURL(entry).href)) as typeof Sdk
}
