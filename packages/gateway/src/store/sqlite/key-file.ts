import { randomBytes } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs"
import { dirname } from "node:path"
import { decodeMasterKey } from "../master-key.ts"
import { refuseAnother } from "./inspect-file.ts"
import { refusals } from "./refusals.ts"
import { StartRefusal } from "../../model/start-refusal.ts"

/**
 * The key that encrypts secrets in the database, from a file of its own beside it, created together with the database.
 * A copy of the database alone reveals no secret; back up the key elsewhere.
 * @throws {StartRefusal} `wrong_master_key`, `read_only`, and those of `refuseAnother`
 */
export function masterKeyBeside(databaseFile: string): { readonly key: Uint8Array; readonly isOpenToOthers: boolean } {
  const file = `${databaseFile}.key`
  if (!existsSync(file)) {
    if (existsSync(databaseFile)) {
      // A file of another program has no key; the path was mistyped.
      refuseAnother(databaseFile)
      throw missing(databaseFile, file)
    }
    try {
      make(file)
    } catch (error) {
      if (isForbidden(error)) throw refusals.readOnly(databaseFile, error)
      throw error
    }
  }
  const key = decodeMasterKey(read(file))
  if (key === undefined) throw unreadable(file)
  return { key, isOpenToOthers: process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0 }
}

/**
 * On the disk, whole and under its name, before anything is encrypted with it: half a key, left by a process that died,
 * would keep every later one from starting. Linked and not renamed, so that of two that start at once one key stays.
 */
function make(file: string): void {
  const unfinished = `${file}-${process.pid}`
  const handle = openSync(unfinished, "w", 0o600)
  try {
    writeSync(handle, `${randomBytes(32).toString("hex")}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  try {
    linkSync(unfinished, file)
  } catch (error) {
    if (!existsSync(file)) throw error
  }
  unlinkSync(unfinished)
  const folder = openSync(dirname(file), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim()
  } catch (error) {
    if (isForbidden(error)) throw closed(file, error)
    throw error
  }
}

function isForbidden(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  return code === "EACCES" || code === "EPERM" || code === "EROFS"
}

function closed(file: string, cause: unknown): StartRefusal {
  return new StartRefusal("wrong_master_key", {
    problem: {
      en: `${file}, the key to the secrets in the database, cannot be read.`,
      zh: `无法读取数据库的密钥文件 ${file}。`,
    },
    hint: {
      en: "Let the gateway's user own it, with mode 0600, or set WECOM_PUSH_MASTER_KEY.",
      zh: "请让网关的运行用户成为它的所有者（权限 0600），或设置 WECOM_PUSH_MASTER_KEY。",
    },
    cause,
  })
}

function missing(databaseFile: string, file: string): StartRefusal {
  return new StartRefusal("wrong_master_key", {
    problem: {
      en: `${databaseFile} exists, but ${file}, the key to its secrets, does not.`,
      zh: `${databaseFile} 存在，但其密钥文件 ${file} 不存在。`,
    },
    hint: {
      en: "Put the key file back, or set WECOM_PUSH_MASTER_KEY.",
      zh: "请放回密钥文件，或设置 WECOM_PUSH_MASTER_KEY。",
    },
  })
}

function unreadable(file: string): StartRefusal {
  return new StartRefusal("wrong_master_key", {
    problem: { en: `${file} does not hold 32 bytes in hex.`, zh: `${file} 的内容不是 32 字节的十六进制。` },
    hint: { en: "Put the right key file back.", zh: "请放回正确的密钥文件。" },
  })
}
