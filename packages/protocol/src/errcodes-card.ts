import type { ErrcodeRow } from "./errcodes.ts"

export const CARD_ERRCODES: readonly ErrcodeRow[] = []
