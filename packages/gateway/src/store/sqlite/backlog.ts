import type { Priority } from "../../domain/message.ts"
import type { Due } from "../../ports/claims.ts"

export interface Group {
  readonly app: string
  readonly priority: Priority
  unfinished: number
}

/** How many messages are unfinished, kept while they come and go: counting a million of them takes too long to ask often. */
export class Backlog {
  readonly #groups = new Map<string, Map<Priority, Group>>()
  readonly #listeners = new Set<(due?: Due) => void>()
  #unfinished = 0

  /** Of all apps. */
  get unfinished(): number {
    return this.#unfinished
  }

  change(app: string, priority: Priority, by: number): void {
    this.#unfinished += by
    let ofApp = this.#groups.get(app)
    if (ofApp === undefined) this.#groups.set(app, (ofApp = new Map()))
    const group = ofApp.get(priority)
    if (group !== undefined) group.unfinished += by
    else ofApp.set(priority, { app, priority, unfinished: by })
  }

  groups(): readonly Group[] {
    return [...this.#groups.keys()].flatMap((app) => this.groupsOf(app))
  }

  groupsOf(app: string): readonly Group[] {
    return [...(this.#groups.get(app)?.values() ?? [])].filter(({ unfinished }) => unfinished > 0)
  }

  /** Those with something unfinished. */
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

  /** Something is due that was not, or will be. */
  wake(due?: Due): void {
    for (const listener of this.#listeners) listener(due)
  }
}
