import type { Priority } from "../../core/message.ts"

export interface Group {
  readonly app: string
  readonly priority: Priority
  unfinished: number
}

/** How many messages are unfinished, kept while they come and go: counting a million of them takes too long to ask often. */
export class Backlog {
  readonly #groups = new Map<string, Group>()
  readonly #listeners = new Set<(dueAt?: number) => void>()

  change(app: string, priority: Priority, by: number): void {
    const key = `${priority} ${app}`
    const group = this.#groups.get(key)
    if (group !== undefined) group.unfinished += by
    else this.#groups.set(key, { app, priority, unfinished: by })
  }

  groups(): readonly Group[] {
    return [...this.#groups.values()].filter(({ unfinished }) => unfinished > 0)
  }

  hasUnfinished(app: string): boolean {
    return this.groups().some((group) => group.app === app)
  }

  onWork(listener: (dueAt?: number) => void): () => void {
    const subscription = (dueAt?: number): void => listener(dueAt)
    this.#listeners.add(subscription)
    return () => this.#listeners.delete(subscription)
  }

  /** Something is due that was not, or will be at `dueAt`. */
  wake(dueAt?: number): void {
    for (const listener of this.#listeners) listener(dueAt)
  }
}
