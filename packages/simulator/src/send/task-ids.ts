/** The `task_id`s of cards that are out: one app may use each only once. */
export class TaskIds {
  readonly #apps = new Map<number, Set<string>>()

  has(agentid: number, taskId: string): boolean {
    return this.#apps.get(agentid)?.has(taskId) ?? false
  }

  add(agentid: number, taskId: string): void {
    const taskIds = this.#apps.get(agentid)
    if (taskIds === undefined) this.#apps.set(agentid, new Set([taskId]))
    else taskIds.add(taskId)
  }

  delete(agentid: number, taskId: string): void {
    this.#apps.get(agentid)?.delete(taskId)
  }

  reset(): void {
    this.#apps.clear()
  }
}
