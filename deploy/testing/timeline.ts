/** A series as in Prometheus: the figures of one name and set of labels, minute by minute. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** The value in each minute; undefined where `/metrics` did not have it. */
  readonly values: readonly (number | undefined)[]
}

/** The figures of `/metrics`, read once a minute, and whether it answered. */
export class Timeline {
  readonly #series = new Map<string, { name: string; labels: Record<string, string>; values: (number | undefined)[] }>()
  #minutes = 0

  /** @param text the figures of a gateway; undefined if it did not answer */
  scrape(text: string | undefined): void {
    this.#note("up", {}, text === undefined ? 0 : 1)
    for (const [, name = "", labels = "", value = ""] of (text ?? "").matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      this.#note(name, readLabels(labels), Number(value))
    }
    this.#minutes++
  }

  get minutes(): number {
    return this.#minutes
  }

  get series(): readonly Series[] {
    return [...this.#series.values()]
  }

  #note(name: string, said: Readonly<Record<string, string>>, value: number): void {
    const labels = { ...said, job: "wecom-push", instance: "gateway:7788" }
    const key = keyOf(name, labels)
    const series = this.#series.get(key) ?? { name, labels, values: [] }
    this.#series.set(key, series)
    series.values[this.#minutes] = value
  }
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  )
}

/** A series in the notation of Prometheus. */
export function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return `${name}{${pairs.join(",")}}`
}
