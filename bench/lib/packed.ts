import { execFile } from "node:child_process"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { installPacked } from "../../tools/check-packages.ts"

let laidOut: Promise<string> | undefined

/** The launcher of the command as it is published, compiled; built and laid out once, however many rows ask for it. */
export function packedCommand(): Promise<string> {
  laidOut ??= layOut()
  return laidOut
}

async function layOut(): Promise<string> {
  await promisify(execFile)("npm", ["run", "build"])
  const home = await installPacked()
  process.once("exit", () => rmSync(home, { recursive: true, force: true }))
  return join(home, "node_modules", "wecom-push", "bin", "wecom-push.js")
}
