/** The protocols of other services that the gateway speaks, by their names in paths. */
export const ADAPTER_NAMES = [
  "text",
  "ntfy",
  "bark",
  "gotify",
  "serverchan",
  "message-pusher",
  "wecomchan",
  "robot",
  "alertmanager",
  "grafana",
  "uptime-kuma",
  "github",
  "gitlab",
  "gitea",
  "sentry",
  "jenkins",
  "json",
] as const
export type AdapterName = (typeof ADAPTER_NAMES)[number]

/** The adapters whose programs sign their requests, or send a secret of their own. */
export const SIGNED_ADAPTERS: ReadonlySet<AdapterName> = new Set(["grafana", "github", "gitlab", "gitea", "sentry"])
