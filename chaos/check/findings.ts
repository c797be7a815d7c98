import type { Fault } from "./evidence.ts"

/** Gathers what is wrong. Equal sentences are one finding: their counts are added, their first places kept. */
export class Findings {
  readonly #findings = new Map<string, Fault & { readonly places: string[] }>()

  /** @param place where to look, as in `post 17` */
  add(kind: Fault["kind"], text: string, place: string, count = 1): void {
    const key = `${kind} ${text}`
    const before = this.#findings.get(key)
    const places = before?.places ?? []
    if (places.length < MOST_PLACES && !places.includes(place)) places.push(place)
    this.#findings.set(key, { kind, text, places, count: (before?.count ?? 0) + count })
  }

  list(): Fault[] {
    return [...this.#findings.values()]
  }
}

const MOST_PLACES = 3
