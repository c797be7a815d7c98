import type { ErrcodeRow } from "./errcodes.ts"

export const RECIPIENT_ERRCODES: readonly ErrcodeRow[] = []
