import type { ErrcodeRow } from "./errcodes.ts"

export const CONTENT_ERRCODES: readonly ErrcodeRow[] = []
