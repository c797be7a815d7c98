import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Processes, Where } from "../processes.ts"
import { shown } from "./phones.ts"

/** The largest file that WeCom accepts. */
const size = 20 * 1024 * 1024

/** Sends a file of 20 MB with the command through the gateway, and compares it with the file on the phone. */
export async function largeFile(processes: Processes, where: Where): Promise<void> {
  const bytes = randomBytes(size)
  const path = join(where.cwd, "backup.bin")
  await writeFile(path, bytes)
  try {
    await processes.run(
      "npx wecom-push send --gateway http://127.0.0.1:7788 --app alerts --user lisi --file backup.bin",
      where,
    )
  } finally {
    await rm(path)
  }
  const files = (await shown("lisi")).flatMap(({ body }) => (body["file"] as { media_id: string } | undefined) ?? [])
  assert.equal(files.length, 1, "the phone shows one file")
  const [file] = files
  const response = await fetch(`http://127.0.0.1:7780/_sim/media/${file?.media_id}`)
  assert.ok(bytes.equals(new Uint8Array(await response.arrayBuffer())), "the phone has the same bytes")
}
