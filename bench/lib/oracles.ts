import { existsSync } from "node:fs"
import { hasRedis, REDIS_MISSING } from "./redis.ts"

/** The address of a peer that needs the packages of `oracles/`. Its types are not read here, so they need not be installed. */
export function oracle(file: string): string {
  return new URL(`../../oracles/bench/${file}`, import.meta.url).href
}

/** The reason why the peers of `oracles/` are left out; undefined where they are installed. */
export function whyNoOracles(): string | undefined {
  const isInstalled = existsSync(new URL("../../oracles/node_modules", import.meta.url))
  return isInstalled ? undefined : "needs the packages of oracles/: npm ci --prefix oracles"
}

export function whyNoBullmq(): string | undefined {
  return hasRedis() ? whyNoOracles() : REDIS_MISSING
}
