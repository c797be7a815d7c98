import type { AppStore } from "../core/ports/apps.ts"
import type { EventLog } from "../core/ports/events.ts"
import type { KeyRecord } from "../core/ports/keys.ts"

type AppHolder = Pick<KeyRecord, "apps">

/** The names of the registered apps, in memory, because every request asks. */
export class AppDirectory implements Disposable {
  readonly #apps: AppStore
  readonly #unsubscribe: () => void
  #names: ReadonlySet<string> | undefined

  constructor(apps: AppStore, events: Pick<EventLog, "subscribe">) {
    this.#apps = apps
    this.#unsubscribe = events.subscribe(({ type }) => {
      if (type === "app.changed") this.#names = undefined
    })
  }

  async names(): Promise<ReadonlySet<string>> {
    return (this.#names ??= new Set((await this.#apps.list()).map(({ name }) => name)))
  }

  async holds({ apps }: AppHolder, name: string): Promise<boolean> {
    return (apps === "all" || apps.includes(name)) && (await this.names()).has(name)
  }

  /** The app that is meant when none is named. @returns how many it might be where that is not one */
  async onlyOneOf({ apps }: AppHolder): Promise<string | number> {
    const names = await this.names()
    const held = apps === "all" ? names : new Set(apps).intersection(names)
    const [only] = held
    return held.size === 1 && only !== undefined ? only : held.size
  }

  /** An app was deleted, which is no event. */
  forget(): void {
    this.#names = undefined
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}
