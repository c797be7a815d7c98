import { rmSync } from "node:fs"
import { packCommand } from "../../tools/packed-command.ts"

let laidOut: Promise<string> | undefined

/** The launcher of the command as it is published, compiled; laid out once, however many rows ask for it. */
export function packedCommand(): Promise<string> {
  laidOut ??= layOut()
  return laidOut
}

async function layOut(): Promise<string> {
  const { home, command } = await packCommand()
  process.once("exit", () => rmSync(home, { recursive: true, force: true }))
  return command
}
