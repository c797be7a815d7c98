import { createHash } from "node:crypto"
import { bodyInteger, bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { errmsgOf } from "../api/errmsg.ts"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { JOB_STATUS, type UrlJob } from "./url-jobs.ts"

const MAX_FILENAME_BYTES = 128
const MAX_URL_BYTES = 1024
const MAX_BYTES = 200 * 1024 * 1024
const DOWNLOAD_LIMIT_MS = 60_000
const FOR_CUSTOMERS = 1

/** Fetches a file from elsewhere, later. @see wecom document 96219 */
export function uploadByUrl(world: World, call: ApiCall, app: App): ApiAnswer {
  const [type, filename, url, md5] = ["type", "filename", "url", "md5"].map((name) => bodyText(call, name))
  const scene = bodyInteger(call, "scene")
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (scene !== FOR_CUSTOMERS) return refuse(40058)
  if (type !== "video" && type !== "file") return refuse(40005)
  if (!filename || Buffer.byteLength(filename) > MAX_FILENAME_BYTES) return refuse(40058)
  if (!url) return refuse(41010)
  if (Buffer.byteLength(url) > MAX_URL_BYTES) return refuse(40039)
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) return refuse(40094)
  if (!md5 || !/^[0-9a-f]{32}$/i.test(md5)) return refuse(40058)

  const job = world.urlJobs.start(app.agentid, call.nowMs)
  void work(world, job, { type, filename, url, md5: md5.toLowerCase() })
  return { errcode: 0, jobid: job.id }
}

async function work(
  world: World,
  job: UrlJob,
  { type, filename, url, md5 }: { type: "video" | "file"; filename: string; url: string; md5: string },
): Promise<void> {
  const signal = AbortSignal.any([world.urlJobs.signal, AbortSignal.timeout(DOWNLOAD_LIMIT_MS)])
  const file = await download(url, md5, signal)
  const uploadedAtMs = world.clock.nowMs()
  const createdAt = String(Math.floor(uploadedAtMs / 1000))
  if (typeof file === "number") {
    job.result = { errcode: file, mediaId: "", createdAt }
    return
  }
  const owner = world.org.document.corp_id
  const kept = { type, filename, bytes: file, format: undefined, durationMs: undefined, owner, byUrl: true } as const
  job.result = { errcode: 0, mediaId: world.media.add({ ...kept, uploadedAtMs }).id, createdAt }
}

/** @see wecom document 96219 */
export function uploadByUrlResult(world: World, call: ApiCall, app: App): ApiAnswer {
  const jobid = bodyText(call, "jobid")
  if (mustRefuseJson(world, call)) return refuse(40058)
  const job = world.urlJobs.find(jobid, app.agentid, call.nowMs)
  if (job === undefined) return refuse(40058)
  if (job.result === undefined) return { errcode: 0, status: JOB_STATUS.running }
  const { errcode, mediaId, createdAt } = job.result
  const errmsg = errmsgOf(errcode, { ip: call.ip, suffix: false, jsonMistake: false, nowMs: call.nowMs })
  return {
    errcode: 0,
    status: errcode === 0 ? JOB_STATUS.done : JOB_STATUS.failed,
    detail: { errcode, errmsg, media_id: mediaId, created_at: createdAt },
  }
}

const NO_RANGE = 830001
const DOWNLOAD_FAILED = 830003
const TOO_LARGE = 45001
const WRONG_MD5 = 301019

/** @returns the bytes, or the errcode of what went wrong */
async function download(url: string, md5: string, signal: AbortSignal): Promise<Buffer | number> {
  try {
    const first = await fetch(url, { headers: { range: "bytes=0-0" }, signal })
    await first.body?.cancel()
    if (!first.ok) return DOWNLOAD_FAILED
    if (first.status !== 206) return NO_RANGE
    const response = await fetch(url, { signal })
    if (!response.ok || response.body === null) return DOWNLOAD_FAILED
    const digest = createHash("md5")
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of response.body) {
      size += chunk.length
      if (size > MAX_BYTES) return TOO_LARGE
      digest.update(chunk)
      chunks.push(chunk)
    }
    return digest.digest("hex") === md5 ? Buffer.concat(chunks) : WRONG_MD5
  } catch {
    return DOWNLOAD_FAILED
  }
}
