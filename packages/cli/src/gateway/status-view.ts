import { readPause } from "./app-view.ts"
import type { Pause } from "./app-view.ts"
import type { Fields } from "./fields.ts"

/** What a gateway tells a key about itself. */
export interface StatusView {
  readonly version: string
  readonly isReady: boolean
  readonly key: { readonly id: string; readonly name: string; readonly scopes: readonly string[] }
  readonly apps: readonly AppStatus[]
  readonly database: { readonly kind: string; readonly synchronous: string; readonly trouble: string | null }
}

interface AppStatus {
  readonly name: string
  readonly unfinished: number
  readonly pause: Pause | null
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
      pause: readPause(app.objectOrNull("pause")),
    })),
    database: {
      kind: database.text("kind"),
      synchronous: database.text("synchronous"),
      trouble: database.textOrNull("trouble"),
    },
  }
}
