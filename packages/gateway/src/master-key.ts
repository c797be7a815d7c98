import { randomBytes } from "node:crypto"
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs"
import { decodeMasterKey } from "./config.ts"
import { StartRefusal } from "./store/start-refusal.ts"

/**
 * The key that encrypts secrets in the database, from a file of its own beside it, made together with the database. A
 * copy of the database alone is worth nothing; whoever backs it up keeps the key elsewhere.
 * @throws {StartRefusal} `wrong_master_key`
 */
export function masterKeyBeside(databaseFile: string): { readonly key: Uint8Array; readonly isOpenToOthers: boolean } {
  const file = `${databaseFile}.key`
  if (!existsSync(file)) {
    if (existsSync(databaseFile)) throw missing(databaseFile, file)
    make(file)
  }
  const key = decodeMasterKey(readFileSync(file, "utf8").trim())
  if (key === undefined) throw unreadable(file)
  return { key, isOpenToOthers: process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0 }
}

/** On the disk before anything is encrypted with it. */
function make(file: string): void {
  const handle = openSync(file, "wx", 0o600)
  try {
    writeSync(handle, `${randomBytes(32).toString("hex")}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
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
