import type { PackedCommand } from "../../tools/packed-command.ts"

/** The first lines of output: what is tested, and how it differs from what users have. */
export function describe(packed: PackedCommand, { wrapped }: { readonly wrapped?: string } = {}): string {
  return [
    packed.describe(),
    "preloaded: chaos/gateway/preload.js (the start waits for the driver, kills at a point, trail of outcomes)",
    ...(wrapped === undefined ? [] : [`preloaded: chaos/gateway/wrap-store.ts (${wrapped})`]),
    "from this checkout: simulator, proxy, clients, checker",
  ].join("\n")
}
