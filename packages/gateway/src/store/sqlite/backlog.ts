import type { Priority } from "../../model/message.ts"
import type { Due } from "../../model/ports/claims.ts"
import type { UnfinishedView } from "../../model/ports/reader.ts"

/** The fields by which a message is counted. */
export interface Unfinished {
  readonly app: string
  readonly priority: Priority
  readonly keyId: string
}

export interface Group {
  readonly app: string
  readonly priority: Priority
  unfinished: number
}

/** Counts unfinished messages as they come and finish: counting a million of them takes too long to do often. */
export class Backlog {
  readonly #groups = new Map<string, Map<Priority, Group>>()
  /** By app and key. */
  readonly #holders = new Map<string, Map<string, number>>()
  readonly #listeners = new Set<(due?: Due) => void>()
  #unfinished = 0

  /** The number of unfinished messages of all apps. */
  get unfinished(): number {
    return this.#unfinished
  }

  change({ app, priority, keyId }: Unfinished, by: number): void {
    this.#unfinished += by
    this.#changeHolder(app, keyId, by)
    let ofApp = this.#groups.get(app)
    if (ofApp === undefined) this.#groups.set(app, (ofApp = new Map()))
    const group = ofApp.get(priority)
    if (group !== undefined) group.unfinished += by
    else ofApp.set(priority, { app, priority, unfinished: by })
  }

  /** By app and key. */
  holders(): readonly UnfinishedView[] {
    return [...this.#holders].flatMap(([app, keys]) => [...keys].map(([keyId, count]) => ({ app, keyId, count })))
  }

  groups(): readonly Group[] {
    return [...this.#groups.keys()].flatMap((app) => this.groupsOf(app))
  }

  groupsOf(app: string): readonly Group[] {
    return [...(this.#groups.get(app)?.values() ?? [])].filter(({ unfinished }) => unfinished > 0)
  }

  /** Apps with unfinished messages. */
  apps(): readonly string[] {
    return [...this.#groups.keys()].filter((app) => this.hasUnfinished(app))
  }

  hasUnfinished(app: string): boolean {
    return this.groupsOf(app).length > 0
  }

  onWork(listener: (due?: Due) => void): () => void {
    const subscription = (due?: Due): void => listener(due)
    this.#listeners.add(subscription)
    return () => this.#listeners.delete(subscription)
  }

  /** A message has become due, or will. */
  wake(due?: Due): void {
    for (const listener of this.#listeners) listener(due)
  }

  #changeHolder(app: string, keyId: string, by: number): void {
    let keys = this.#holders.get(app)
    if (keys === undefined) this.#holders.set(app, (keys = new Map()))
    const count = (keys.get(keyId) ?? 0) + by
    if (count === 0) keys.delete(keyId)
    else keys.set(keyId, count)
  }
}
