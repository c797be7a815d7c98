import type { ErrcodeRow } from "./errcodes.ts"

export const MEDIA_ERRCODES: readonly ErrcodeRow[] = []
