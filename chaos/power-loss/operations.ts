import { readFileSync } from "node:fs"
import { basename } from "node:path"

/** An operation on a file of a folder, which is named without the folder. */
export type Operation =
  | { readonly kind: "create"; readonly file: string }
  | { readonly kind: "write"; readonly file: string; readonly offset: number; readonly data: Buffer }
  | { readonly kind: "truncate"; readonly file: string; readonly length: number }
  /** The sync of a file, or of the folder, which makes names durable. A sync that failed has no `sync_done`. */
  | { readonly kind: "sync_begins" | "sync_done"; readonly file: string | undefined; readonly thread: number }
  | { readonly kind: "unlink"; readonly file: string }
  | { readonly kind: "rename" | "link"; readonly file: string; readonly to: string }
  /** A promise of the process. */
  | { readonly kind: "marker"; readonly text: string }

/** Reads the log of `recorder.c`. */
export function readOperations(log: string, folder: string): Operation[] {
  const bytes = readFileSync(log)
  const operations: Operation[] = []
  let at = 0
  while (at < bytes.length) {
    const kind = String.fromCharCode(bytes.readUInt8(at))
    const pathLength = bytes.readUInt32LE(at + 1)
    const dataLength = bytes.readUInt32LE(at + 5)
    const offset = Number(bytes.readBigUInt64LE(at + 9))
    const path = bytes.toString("utf8", at + HEAD, at + HEAD + pathLength)
    const data = bytes.subarray(at + HEAD + pathLength, at + HEAD + pathLength + dataLength)
    operations.push(operationOf(kind, path, folder, offset, data))
    at += HEAD + pathLength + dataLength
  }
  return operations
}

const HEAD = 17

function operationOf(kind: string, path: string, folder: string, offset: number, data: Buffer): Operation {
  const file = basename(path)
  switch (kind) {
    case "C":
      return { kind: "create", file }
    case "W":
      return { kind: "write", file, offset, data }
    case "T":
      return { kind: "truncate", file, length: offset }
    case "B":
    case "S": {
      const what = path === folder ? undefined : file
      return { kind: kind === "B" ? "sync_begins" : "sync_done", file: what, thread: offset }
    }
    case "U":
      return { kind: "unlink", file }
    case "R":
      return { kind: "rename", file, to: basename(data.toString("utf8")) }
    case "L":
      return { kind: "link", file, to: basename(data.toString("utf8")) }
    case "M":
      return { kind: "marker", text: data.toString("utf8") }
    default:
      throw new Error(`the log has a record of an unknown kind, ${kind}`)
  }
}
