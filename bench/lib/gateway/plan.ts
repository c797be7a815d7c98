/** The first argument of `peers.ts`, as JSON. */
export interface PeersPlan {
  readonly databaseFile: string
  /** Port of the WeCom stub. */
  readonly wecomPort: number
  /** Socket of a Redis; adds the routes that put messages into a queue there. */
  readonly redis?: string
}

export const ADMIN_KEY = "bench-admin-key-of-forty-characters-0000"
export const MASTER_KEY = "00".repeat(32)
export const APP = { corpId: "ww0000000000000001", agentId: 1000002, secret: "bench-secret" } as const

/** A number for each of a hundred million people. */
export function mobileAt(index: number): string {
  return `139${String(index).padStart(8, "0")}`
}
