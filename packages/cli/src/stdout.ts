import type { Delivery, Sink } from "./io.ts"

/** Standard output that knows whether its data was taken: a disk may be full, a reader may have closed the pipe. */
export class WatchedStdout implements Sink, Delivery {
  readonly #stream: NodeJS.WriteStream
  readonly #failed = new AbortController()
  #last: Promise<void> = Promise.resolve()

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    // Without this listener an error would end the process with a stack trace, even after a successful send.
    stream.on("error", (error) => this.#failed.abort(error))
  }

  write(text: string): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    // Writes end in order, so the last one is enough.
    this.#last = promise
    this.#stream.write(text, (error) => {
      if (error) this.#failed.abort(error)
      resolve()
    })
  }

  get isTTY(): boolean {
    return this.#stream.isTTY
  }

  get columns(): number {
    return this.#stream.columns
  }

  settled(): Promise<void> {
    return this.#last
  }

  get lost(): AbortSignal {
    return this.#failed.signal
  }
}
