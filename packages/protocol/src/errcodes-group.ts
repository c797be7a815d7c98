import type { ErrcodeRow } from "./errcodes.ts"

export const GROUP_ERRCODES: readonly ErrcodeRow[] = []
