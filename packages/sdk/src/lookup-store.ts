import type { LookupPause, LookupRecord } from "@wecom-push/protocol/delivery"

export type { LookupPause, LookupRecord } from "@wecom-push/protocol/delivery"

/** Where look-ups are kept. Keys are opaque and hold neither secret nor number (a hash). */
export interface LookupStore {
  get(keys: readonly string[]): Promise<(LookupRecord | undefined)[]>
  set(entries: readonly (readonly [key: string, record: LookupRecord])[]): Promise<void>
  getPause(key: string): Promise<LookupPause | undefined>
  setPause(key: string, pause: LookupPause): Promise<void>
}
