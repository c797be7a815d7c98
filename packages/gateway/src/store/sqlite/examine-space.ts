import { statfsSync } from "node:fs"
import type { Finding } from "../finding.ts"

/** Whether the disk has room for the database's log, and for what is accepted in the next minutes. */
export function examineSpace(folder: string, freeIn: (folder: string) => number = freeBytesIn): Finding {
  const free = freeIn(folder)
  const megabytes = Math.floor(free / 2 ** 20)
  const detail = { en: `${megabytes} MB free in ${folder}`, zh: `${folder} 可用 ${megabytes} MB` }
  if (free >= ENOUGH_BYTES) return { step: "space", state: "ok", detail }
  const hint = {
    en: "Make room on this disk, or move the database to another one. When the disk is full, the gateway refuses new messages with 503 storage_full.",
    zh: "请清理该磁盘，或将数据库移到其他磁盘。磁盘写满后，网关会以 503 storage_full 拒绝新消息。",
  }
  return { step: "space", state: "warning", detail, hint }
}

function freeBytesIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** The log grows to some 32 MB, and a file that a client uploads has up to 20. */
const ENOUGH_BYTES = 200 * 2 ** 20
