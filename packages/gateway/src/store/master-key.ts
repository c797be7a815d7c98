import { sealedPlaces } from "./sealed-places.ts"
import { SecretBoxError } from "./secret-box.ts"
import type { SecretBox } from "./secret-box.ts"
import { StartRefusal } from "../model/start-refusal.ts"

/** Stored in a database, this text shows whether a master key is the one that sealed its secrets. */
export function sealKeyCheck(box: SecretBox): string {
  return box.seal("wecom-push", KEY_CHECK)
}

/**
 * The key check alone decides whether the master key is the right one: a secret that does not open under the right key is
 * damaged, and concerns its app.
 * @param database its name, for operators
 * @returns false where the check itself is damaged: it was sealed with this key, and is to be sealed anew
 * @throws {StartRefusal} `wrong_master_key`
 */
export function opensKeyCheck(box: SecretBox, sealed: string, database: string): boolean {
  try {
    box.open(sealed, KEY_CHECK)
    return true
  } catch (error) {
    if (!(error instanceof SecretBoxError)) throw error
    if (error.code === "damaged") return false
    throw wrongMasterKey(database)
  }
}

/** The sealed columns of each table. The key of a row is part of the place that its secret is sealed for. */
export const SEALED = [
  { table: "apps", key: "name", column: "secrets", placeOf: sealedPlaces.app },
  { table: "tokens", key: "key", column: "record", placeOf: sealedPlaces.token },
  { table: "sources", key: "id", column: "signing_secret", placeOf: sealedPlaces.source },
] as const

/**
 * @returns the same secret, sealed with the present key; undefined for one that cannot be opened, which stays as it is
 */
export function sealedAnew(box: SecretBox, sealed: string, place: string): string | undefined {
  const opened = box.tryOpen(sealed, place)
  return opened === undefined ? undefined : box.seal(opened, place)
}

const KEY_CHECK = "master key check"

function wrongMasterKey(database: string): StartRefusal {
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
