import { readPause } from "./app-view.ts"
import type { Pause } from "./app-view.ts"
import type { Fields } from "./fields.ts"
import { optional } from "./message-view.ts"

/** The status of a gateway, as a key sees it. */
export interface StatusView {
  readonly version: string
  readonly isReady: boolean
  readonly key: { readonly id: string; readonly name: string; readonly scopes: readonly string[] }
  readonly apps: readonly AppStatus[]
  /** Undefined of an older gateway. */
  readonly backlog: { readonly limit: number; readonly isNear: boolean } | undefined
  readonly database: { readonly kind: string; readonly synchronous: string; readonly trouble: string | null }
}

export interface AppStatus {
  readonly name: string
  readonly unfinished: number
  readonly due: number
  readonly oldestDueSeconds: number
  readonly outage: OutageView | null
  readonly pause: Pause | null
}

/** WeCom cannot be reached. Times are RFC 3339. */
interface OutageView {
  readonly since: string
  readonly nextTryAt: string
  readonly cause: string | null
  readonly errmsg: string
}

export function readStatus(fields: Fields): StatusView {
  const key = fields.object("key")
  const database = fields.object("database")
  return {
    version: fields.text("version"),
    isReady: fields.raw["ready"] === true,
    key: { id: key.text("id"), name: key.text("name"), scopes: key.texts("scopes") },
    apps: fields.list("apps", (app) => ({
      name: app.text("name"),
      unfinished: app.number("unfinished_messages"),
      due: numberOr0(app, "due_messages"),
      oldestDueSeconds: numberOr0(app, "oldest_due_seconds"),
      outage: readOutage(app),
      pause: readPause(app.objectOrNull("pause")),
    })),
    backlog: readBacklog(fields),
    database: {
      kind: database.text("kind"),
      synchronous: database.text("synchronous"),
      trouble: database.textOrNull("trouble"),
    },
  }
}

function readOutage(app: Fields): OutageView | null {
  const outage = app.raw["unreachable"] === undefined ? null : app.objectOrNull("unreachable")
  if (outage === null) return null
  return {
    since: outage.text("since"),
    nextTryAt: outage.text("next_try_at"),
    cause: optional(outage, "cause"),
    errmsg: outage.text("errmsg"),
  }
}

function readBacklog(fields: Fields): StatusView["backlog"] {
  if (fields.raw["backlog"] === undefined) return undefined
  const backlog = fields.object("backlog")
  return { limit: backlog.number("limit"), isNear: backlog.raw["is_near"] === true }
}

function numberOr0(fields: Fields, name: string): number {
  return fields.raw[name] === undefined ? 0 : fields.number(name)
}
