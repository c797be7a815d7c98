import type { SecretBox } from "./secret-box.ts"
import { StartRefusal } from "../model/start-refusal.ts"

/** Stored in a database, it shows whether a master key is the one that sealed its secrets. */
export function sealKeyCheck(box: SecretBox): string {
  return box.seal("wecom-push", KEY_CHECK)
}

/** @throws {SecretBoxError} */
export function openKeyCheck(box: SecretBox, sealed: string): void {
  box.open(sealed, KEY_CHECK)
}

const KEY_CHECK = "master key check"

/** @param database its name, for operators */
export function wrongMasterKey(database: string): StartRefusal {
  return new StartRefusal("wrong_master_key", {
    problem: {
      en: `The secrets in ${database} were encrypted with another master key.`,
      zh: `${database} 中的密钥是用另一个主密钥加密的。`,
    },
    hint: {
      en: "Set WECOM_PUSH_MASTER_KEY to the one used before, or bring its key file back.",
      zh: "请把 WECOM_PUSH_MASTER_KEY 设为之前的值，或找回原来的主密钥文件。",
    },
  })
}

export const MASTER_KEY_BYTES = 32

/** @returns undefined when it is not 32 bytes in hex or base64 */
export function decodeMasterKey(written: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(written)) return new Uint8Array(Buffer.from(written, "hex"))
  if (!/^[\w+/-]{43}=?$/.test(written)) return undefined
  const bytes = new Uint8Array(Buffer.from(written, "base64"))
  return bytes.length === MASTER_KEY_BYTES ? bytes : undefined
}
