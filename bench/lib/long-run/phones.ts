import { numberOf } from "./load.ts"

interface Copy {
  readonly seq: number
  readonly request: { readonly text: { readonly content: string } }
}

/** Counts the messages on the phones of a simulator. Read every few seconds, because the simulator forgets old messages. */
export class Phones {
  readonly #url: string
  #copies = new Uint8Array(1 << 16)
  #lastSeq = 0
  #missed = 0
  #shown = 0

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}/_sim/messages`
  }

  get shown(): number {
    return this.#shown
  }

  /** Copies that the simulator had forgotten before they were read. */
  get missed(): number {
    return this.#missed
  }

  async read(): Promise<void> {
    const answer = await fetch(`${this.#url}?after=${this.#lastSeq}`)
    const { messages } = (await answer.json()) as { messages: readonly Copy[] }
    for (const { seq, request } of messages) {
      this.#missed += seq - this.#lastSeq - 1
      this.#lastSeq = seq
      const number = numberOf(request.text.content)
      if (number === undefined) continue
      while (number >= this.#copies.length) this.#grow()
      this.#copies[number] = (this.#copies[number] ?? 0) + 1
      this.#shown++
    }
  }

  /** The numbers of the messages, from 0 to `count`, that were not shown exactly once. */
  notOnce(count: number): { readonly missing: readonly number[]; readonly twice: readonly number[] } {
    const numbers = Array.from({ length: count }, (_, number) => number)
    return {
      missing: numbers.filter((number) => (this.#copies[number] ?? 0) === 0),
      twice: numbers.filter((number) => (this.#copies[number] ?? 0) > 1),
    }
  }

  #grow(): void {
    const larger = new Uint8Array(this.#copies.length * 2)
    larger.set(this.#copies)
    this.#copies = larger
  }
}
