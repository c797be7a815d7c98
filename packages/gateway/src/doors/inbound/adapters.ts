import type { AdapterName } from "../../model/adapter-names.ts"
import type { Adapter } from "./adapter.ts"

interface AdapterEntry {
  /** Its parts are loaded with the first request that needs them. */
  readonly load: () => Promise<{ readonly adapter: Adapter }>
  /** Most bytes of a body. */
  readonly bodyBytes: number
  /** Its token may be in the body, which is then read before the key is known. */
  readonly tokenInBody?: true
}

const KIB = 1024

/** By the name in the path. */
const ADAPTERS: Readonly<Record<AdapterName, AdapterEntry>> = {
  text: { load: () => import("./text/text.ts"), bodyBytes: 64 * KIB },
}

export function entryOf(name: AdapterName): AdapterEntry {
  return ADAPTERS[name]
}
