/** Protocols of other services that the gateway speaks, by their names in paths. */
export const ADAPTER_NAMES = ["text"] as const
export type AdapterName = (typeof ADAPTER_NAMES)[number]
