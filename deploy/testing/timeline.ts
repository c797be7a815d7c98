/** Figures as Prometheus keeps them: those of one name and set of labels, minute by minute. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** By minute; undefined where it was not among the figures. */
  readonly values: readonly (number | undefined)[]
}

/** What `/metrics` has said, once a minute, and whether it did. */
export class Timeline {
  readonly #series = new Map<string, { name: string; labels: Record<string, string>; values: (number | undefined)[] }>()
  #minutes = 0

  /** @param text what a gateway said of itself; undefined where it gave no answer */
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

/** As Prometheus writes it. */
export function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return `${name}{${pairs.join(",")}}`
}
