import { cpus } from "node:os"

type Times = Readonly<{ idle: number; all: number }>

/** The share of the processors' time that was idle, from one call of `look` to the next. */
export class Idleness {
  #before = timesNow()

  look(): number {
    const before = this.#before
    this.#before = timesNow()
    const all = this.#before.all - before.all
    return all === 0 ? 0 : (this.#before.idle - before.idle) / all
  }
}

function timesNow(): Times {
  return cpus().reduce(
    ({ idle, all }, { times }) => ({
      idle: idle + times.idle,
      all: all + times.idle + times.user + times.nice + times.sys + times.irq,
    }),
    { idle: 0, all: 0 },
  )
}
