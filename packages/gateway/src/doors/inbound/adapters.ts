import type { AdapterName } from "../../model/adapter-names.ts"
import type { Adapter } from "./adapter.ts"

interface AdapterEntry {
  /** Loaded with the first request that needs it. */
  readonly load: () => Promise<{ readonly adapter: Adapter }>
  /** The most bytes of a body. */
  readonly bodyBytes: number
  /** The token may be in the body, which is then read before the key is known. */
  readonly tokenInBody?: true
}

const KIB = 1024
/** The limit of bodies that are read in the thread that serves. */
const HOOK_BYTES = 1024 * KIB

/** Adapters by their names in the path. */
const ADAPTERS: Readonly<Record<AdapterName, AdapterEntry>> = {
  text: { load: () => import("./text/text.ts"), bodyBytes: 64 * KIB },
  ntfy: { load: () => import("./ntfy/ntfy.ts"), bodyBytes: 64 * KIB },
  bark: { load: () => import("./bark/bark.ts"), bodyBytes: 64 * KIB, tokenInBody: true },
  gotify: { load: () => import("./gotify/gotify.ts"), bodyBytes: 64 * KIB },
  serverchan: { load: () => import("./serverchan/serverchan.ts"), bodyBytes: 64 * KIB },
  "message-pusher": {
    load: () => import("./message-pusher/message-pusher.ts"),
    bodyBytes: 64 * KIB,
    tokenInBody: true,
  },
  robot: { load: () => import("./robot/robot.ts"), bodyBytes: 21 * 1024 * KIB },
  alertmanager: { load: () => import("./alertmanager/alertmanager.ts"), bodyBytes: HOOK_BYTES },
  grafana: { load: () => import("./grafana/grafana.ts"), bodyBytes: HOOK_BYTES },
  "uptime-kuma": { load: () => import("./uptime-kuma/uptime-kuma.ts"), bodyBytes: HOOK_BYTES },
  github: { load: () => import("./github/github.ts"), bodyBytes: HOOK_BYTES },
  gitlab: { load: () => import("./gitlab/gitlab.ts"), bodyBytes: HOOK_BYTES },
  gitea: { load: () => import("./gitea/gitea.ts"), bodyBytes: HOOK_BYTES },
  sentry: { load: () => import("./sentry/sentry.ts"), bodyBytes: HOOK_BYTES },
  jenkins: { load: () => import("./jenkins/jenkins.ts"), bodyBytes: HOOK_BYTES },
  json: { load: () => import("./json/json.ts"), bodyBytes: HOOK_BYTES },
  wecomchan: { load: () => import("./wecomchan/wecomchan.ts"), bodyBytes: 64 * KIB, tokenInBody: true },
}

export function entryOf(name: AdapterName): AdapterEntry {
  return ADAPTERS[name]
}
