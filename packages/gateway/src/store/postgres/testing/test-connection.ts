import { Pool } from "pg"
import type { PoolConfig } from "pg"

/**
 * One connection of tests besides the nodes. It keeps no process alive, and may be ended with its server or database.
 */
export function testConnection(to: PoolConfig): Pool {
  const pool = new Pool({ ...to, application_name: "tests", max: 1, idleTimeoutMillis: 0, allowExitOnIdle: true })
  pool.on("error", () => {})
  return pool
}
