import type { CallOutcome, JournalRow, SendJournal } from "@wecom-push/sdk"
import type { TargetOutcome } from "@wecom-push/sdk/internals"
import { codeOf } from "../read-text.ts"
import type { JournalFile } from "./journal-file.ts"
import type { JournalRead, PackedRow, Result } from "./journal-format.ts"

/**
 * Keeps on disk whom a run is about to send to and their outcomes, so that the run can be repeated however it
 * ended. A line is certain to be on the disk before the call that it announces goes out.
 */
export class Journal implements SendJournal, Disposable {
  /** 2 and more for a run that continues what another began. */
  readonly run: number
  readonly #read: JournalRead
  readonly #file: JournalFile | undefined
  #lastCall: number
  #failure: string | undefined

  /** @param file absent for a run that sends nothing */
  constructor(read: JournalRead, file?: JournalFile) {
    this.#read = read
    this.#file = file
    this.#lastCall = read.lastCall
    this.run = read.runs + 1
    this.#append({ run: this.run, at: new Date().toISOString() })
  }

  /** The system's word for why it could not be written; undefined while it can. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Those of earlier runs. */
  get earlierCalls(): readonly CallOutcome[] {
    return this.#read.calls
  }

  userid(type: string, address: string): string | undefined {
    return this.#read.userid(type, address)
  }

  outcome(kind: string, id: string): TargetOutcome | undefined {
    return this.#read.outcome(kind, id)
  }

  started(rows: readonly JournalRow[]): Promise<number | undefined> {
    const call = this.#lastCall + 1
    const to = rows.map(({ type, address, userid }): PackedRow =>
      userid === undefined ? [type, address] : [type, address, userid],
    )
    this.#append({ call, at: new Date().toISOString(), to })
    if (this.#failure !== undefined) return Promise.resolve(undefined)
    this.#lastCall = call
    return Promise.resolve(call)
  }

  finished(
    call: number,
    outcomes: readonly (JournalRow & TargetOutcome)[],
    calls: readonly CallOutcome[],
  ): Promise<void> {
    this.#append({ call, results: resultsOf(outcomes), calls })
    return Promise.resolve()
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]()
  }

  #append(line: object): void {
    if (this.#failure !== undefined) return
    try {
      this.#file?.append(line)
    } catch (error) {
      this.#failure = codeOf(error) ?? (error instanceof Error ? error.message : String(error))
    }
  }
}

/** Most of a call have one outcome, which is written once; the others are named by their places in the call. */
function resultsOf(outcomes: readonly (JournalRow & TargetOutcome)[]): Result[] {
  const groups = new Map<string, { readonly outcome: TargetOutcome; readonly who: number[] }>()
  outcomes.forEach((row, index) => {
    const outcome = outcomeIn(row)
    const key = JSON.stringify(outcome)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { outcome, who: [index] })
    else group.who.push(index)
  })
  const [most, ...others] = [...groups.values()].toSorted((one, other) => other.who.length - one.who.length)
  return most === undefined ? [] : [most.outcome, ...others.map(({ outcome, who }) => ({ ...outcome, who }))]
}

function outcomeIn({ state, errcode, reason, msgid }: TargetOutcome): TargetOutcome {
  return {
    state,
    ...(errcode === undefined ? {} : { errcode }),
    ...(reason === undefined ? {} : { reason }),
    ...(msgid === undefined ? {} : { msgid }),
  }
}
