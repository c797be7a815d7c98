import { APP_MESSAGE } from "@wecom-push/protocol/delivery"
import { optionalText } from "./row.ts"
import type { Row } from "./row.ts"

/** The kind as it is stored: null for an app's message, as in all rows from before there were other kinds. */
export function storedKind(kind: string): string | null {
  return kind === APP_MESSAGE.name ? null : kind
}

export function kindOf(row: Row): string {
  return optionalText(row, "kind") ?? APP_MESSAGE.name
}
