import { hash } from "node:crypto"
import { openSync, writeSync } from "node:fs"
import type { AppRecord, AppStore } from "../../packages/gateway/src/model/ports/apps.ts"
import type { LocalOutbox, LocalStores } from "../../packages/gateway/src/model/ports/stores.ts"

/** A promise of the store, noted at the moment at which others begin to rely on it. */
export type Marker =
  | { readonly kind: "accepted"; readonly message: string }
  /** The bytes of a call go out now: after a power loss the store must still have them, unchanged. */
  | {
      readonly kind: "begun"
      readonly message: string
      readonly call: number
      readonly attempt: number
      readonly sha256: string
    }
  | {
      readonly kind: "settled"
      readonly message: string
      readonly call: number
      readonly attempt: number
      readonly isFinal: boolean
    }
  /** An app was registered or changed. */
  | { readonly kind: "configured"; readonly app: string; readonly version: number }

type Mark = (marker: Marker) => void

/** The same stores, with their promises written down in order. */
export function marking({ outbox, apps }: LocalStores, file: string): Pick<LocalStores, "outbox" | "apps"> {
  const handle = openSync(file, "a")
  const mark: Mark = (marker) => void writeSync(handle, JSON.stringify(marker))
  return { outbox: markingOutbox(outbox, mark), apps: markingApps(apps, mark) }
}

function markingOutbox(outbox: LocalOutbox, mark: Mark): LocalOutbox {
  return {
    ...outbox,
    async accept(request) {
      const result = await outbox.accept(request)
      if (result.kind === "accepted") mark({ kind: "accepted", message: request.message.id })
      return result
    },
    async begin(starts) {
      const started = await outbox.begin(starts)
      for (const { messageId: message, number: call, attempt, body } of started) {
        mark({ kind: "begun", message, call, attempt, sha256: hash("sha256", body) })
      }
      return started
    },
    async settle(settlements) {
      const settled = await outbox.settle(settlements)
      for (const [index, { messageId: message, number: call, attempt, final: isFinal }] of settlements.entries()) {
        if (settled[index] === true) mark({ kind: "settled", message, call, attempt, isFinal })
      }
      return settled
    },
  }
}

function markingApps(apps: AppStore, mark: Mark): AppStore {
  const marked = (app: AppRecord): void => mark({ kind: "configured", app: app.name, version: app.version })
  return {
    list: () => apps.list(),
    get: (name) => apps.get(name),
    allKnowChats: () => apps.allKnowChats(),
    secrets: (name) => apps.secrets(name),
    secretsOfKind: (kind) => apps.secretsOfKind(kind),
    put: (app, at) => apps.put(app, at),
    remove: (...words) => apps.remove(...words),
    pause: (...words) => apps.pause(...words),
    resume: (...words) => apps.resume(...words),
    async create(app, at) {
      const made = await apps.create(app, at)
      if (made !== undefined && "version" in made) marked(made)
      return made
    },
    async change(...words) {
      const changed = await apps.change(...words)
      if (typeof changed === "object" && "version" in changed) marked(changed)
      return changed
    },
  }
}
