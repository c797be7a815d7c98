import type { AppStore } from "../core/ports/apps.ts"
import type { EventLog } from "../core/ports/events.ts"
import type { KeyRecord } from "../core/ports/keys.ts"

type AppHolder = Pick<KeyRecord, "apps">

/** The names of the registered apps, in memory, because every request asks. */
export class AppDirectory implements Disposable {
  readonly #apps: AppStore
  readonly #unsubscribe: () => void
  #names: ReadonlySet<string> | undefined
  #changes = 0

  constructor(apps: AppStore, events: Pick<EventLog, "subscribe">) {
    this.#apps = apps
    this.#unsubscribe = events.subscribe(({ type }) => {
      if (type === "app.changed") this.forget()
    })
  }

  /** At once while they are known. */
  names(): ReadonlySet<string> | Promise<ReadonlySet<string>> {
    return this.#names ?? this.#read()
  }

  async holds(holder: AppHolder, name: string): Promise<boolean> {
    return holdsApp(holder, name, await this.names())
  }

  /** An app was deleted, which is no event. */
  forget(): void {
    this.#names = undefined
    this.#changes++
  }

  async #read(): Promise<ReadonlySet<string>> {
    const changes = this.#changes
    const names = new Set((await this.#apps.list()).map(({ name }) => name))
    // What changed meanwhile may not be in it: whoever asked gets it, the next one reads again.
    if (changes === this.#changes) this.#names = names
    return names
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}

/** @param names of all registered apps */
export function holdsApp({ apps }: AppHolder, name: string, names: ReadonlySet<string>): boolean {
  return (apps === "all" || apps.includes(name)) && names.has(name)
}

/** The app that is meant when none is named. @returns how many it might be where that is not one */
export function onlyAppOf({ apps }: AppHolder, names: ReadonlySet<string>): string | number {
  const held = apps === "all" ? names : new Set(apps).intersection(names)
  const [only] = held
  return held.size === 1 && only !== undefined ? only : held.size
}
