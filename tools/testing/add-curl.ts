import { chmod, writeFile } from "node:fs/promises"
import { delimiter, join } from "node:path"
import { without } from "./programs.ts"

/** A `PATH` with curl: the machine's own, or else a replacement in this folder that has the options used in the documents. */
export async function pathWithCurl(folder: string): Promise<string> {
  const path = process.env["PATH"] ?? ""
  if (without("curl") === false) return path
  await writeStandIn(folder)
  return `${folder}${delimiter}${path}`
}

export async function writeStandIn(folder: string): Promise<string> {
  const file = join(folder, "curl")
  await writeFile(
    file,
    `#!/bin/sh\nexec "${process.execPath}" "${join(import.meta.dirname, "stand-in-curl.ts")}" "$@"\n`,
  )
  await chmod(file, 0o755)
  return file
}
