/** Remembers the newest deliveries and their answers, also while an answer is being made. */
export class DeliveryMemory<Answer> {
  readonly #capacity: number
  readonly #answers = new Map<string, Promise<Answer>>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /**
   * Makes an answer for a new delivery, and returns the same answer for a repeated one. A delivery whose answer failed
   * counts as new.
   */
  once(id: string, make: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(id)
    if (known !== undefined) return known
    const answer = make()
    this.#answers.set(id, answer)
    answer.catch(() => this.#answers.delete(id))
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > this.#capacity && oldest !== undefined) this.#answers.delete(oldest)
    return answer
  }
}
