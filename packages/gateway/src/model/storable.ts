import { byteLength, storableText } from "@wecom-push/protocol"

/** The value with every text in it, names too, as a database can store it. Makes a copy only if there is something to replace. */
export function storable<T>(value: T): T {
  const json = JSON.stringify(value)
  // JSON escapes both NUL and halves of surrogate pairs, so that this check quickly finds most values that contain neither.
  return UNSTORABLE.test(json) ? JSON.parse(json, replaced) : value
}

const UNSTORABLE = /\\u(?:0000|d[89a-f])/

function replaced(_key: string, value: unknown): unknown {
  if (typeof value === "string") return storableText(value)
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [storableText(key), of]))
}

/** In bytes of UTF-8. A database has ids in indexes, which take no long texts; WeCom's are far shorter. */
export const LONGEST_ID = 512

/** Whether a database can have the text in an index. */
export const isStorableId = (id: string): boolean => byteLength(id) <= LONGEST_ID
