import { execFile } from "node:child_process"
import { randomBytes } from "node:crypto"
import { openAsBlob } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { FormData, Pool } from "undici"
import { startServer } from "./lib/child.ts"
import { packed, packedSdk } from "./lib/packed.ts"
import type { Report } from "./lib/report.ts"
import { inRounds } from "./lib/rounds.ts"
import { simulate } from "./lib/simulate.ts"

const corp = { corpId: "ww0000000000000001", secret: "bench-secret", agentId: 1000002 }
const MEGABYTE = 1024 * 1024

/** A file of 20 MB: compares its upload time with that of undici alone, and measures how much memory it adds to a process. */
export async function media(report: Report): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "media-bench-"))
  const path = join(folder, "report.bin")
  await writeFile(path, randomBytes(20 * MEGABYTE))
  try {
    await time(report, path)
    await memory(report, path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Both read the same file and wait for the same answer; the SDK also hashes the file, to recognize it the next time. */
async function time(report: Report, path: string): Promise<void> {
  await using stub = await startServer("lib/stub.ts")
  const { WeCom } = await packedSdk((await packed()).home)
  const baseUrl = `http://127.0.0.1:${stub.port}`
  await using wecom = new WeCom({ ...corp, baseUrl })
  const pool = new Pool(baseUrl)
  const contestants = [
    { name: "undici", once: () => uploadByHand(pool, path) },
    { name: "sdk", once: () => wecom.media.upload("file", path, { fresh: true }) },
  ]
  const result = await inRounds(contestants, { inFlight: 1, rounds: 15, roundMs: 700 })
  await pool.close()
  report.add({
    what: "20 MB upload, time of the SDK / of undici's FormData",
    measured: 1 / result.ratio("sdk", "undici"),
    atMost: 1.3,
  })
}

async function uploadByHand(pool: Pool, path: string): Promise<void> {
  const form = new FormData()
  form.append("media", await openAsBlob(path), "report.bin")
  const request = { method: "POST", path: "/cgi-bin/media/upload?access_token=raw&type=file", body: form } as const
  const { body } = await pool.request(request)
  const { media_id } = (await body.json()) as { media_id?: string }
  if (media_id === undefined) throw new Error("not uploaded")
}

async function memory(report: Report, path: string): Promise<void> {
  const { home } = await packed()
  await using simulator = await simulate()
  const file = fileURLToPath(new URL("lib/send-file.ts", import.meta.url))
  const args = ["--expose-gc", file, home, String(simulator.port), path]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const told = JSON.parse(stdout) as { uploadBytes: number; downloadBytes: number }
  for (const [what, bytes] of [
    ["20 MB sent as a file", told.uploadBytes],
    ["20 MB fetched", told.downloadBytes],
  ] as const) {
    report.add({ what: `${what}, resident memory added`, measured: Math.round(bytes / 1e6), atMost: 60, unit: "MB" })
  }
}
