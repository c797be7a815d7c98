/** What a gateway process of the bench is to be: the first argument of `child.ts`, as JSON. */
export interface GatewayPlan {
  readonly databaseFile: string
  /** Port of what stands for WeCom. */
  readonly wecomPort: number
  /** Adds `POST /bench/empty`: nothing behind the door that every route has. */
  readonly emptyRoute?: boolean
  /** Socket of a Redis; adds the routes that put messages into a queue there. */
  readonly redis?: string
}

export const ADMIN_KEY = "bench-admin-key-of-forty-characters-0000"
export const MASTER_KEY = "00".repeat(32)
export const APP = { name: "bench", corpId: "ww0000000000000001", agentId: 1000002, secret: "bench-secret" } as const

/** A number for each of a hundred million people. */
export function mobileAt(index: number): string {
  return `139${String(index).padStart(8, "0")}`
}
