/** The protocols of other services that the gateway speaks, by the names that stand in paths. */
export const ADAPTER_NAMES = ["text", "ntfy", "bark", "gotify", "serverchan", "message-pusher", "wecomchan"] as const
export type AdapterName = (typeof ADAPTER_NAMES)[number]
