import type { Conversation } from "../ledger.ts"

/** The `task_id`s of cards that are out: one app or robot may use each only once. */
export class TaskIds {
  readonly #apps = new Map<Conversation, Set<string>>()

  has(sender: Conversation, taskId: string): boolean {
    return this.#apps.get(sender)?.has(taskId) ?? false
  }

  add(sender: Conversation, taskId: string): void {
    const taskIds = this.#apps.get(sender)
    if (taskIds === undefined) this.#apps.set(sender, new Set([taskId]))
    else taskIds.add(taskId)
  }

  delete(sender: Conversation, taskId: string): void {
    this.#apps.get(sender)?.delete(taskId)
  }

  reset(): void {
    this.#apps.clear()
  }
}
