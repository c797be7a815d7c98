import type { Processes } from "./processes.ts"

/** Writes a line for each step; the exit code follows from it. */
export interface Report {
  readonly hasFailed: boolean
  /** The names of the steps that failed, even if failures do not count, for the end of the output. */
  readonly failed: readonly string[]
  /** Does the work and prints how long it took. Resolves with the result, or with undefined after it has printed a fault. */
  step<T>(name: string, work: () => Promise<T>): Promise<{ readonly value: T } | undefined>
  tell(line: string): void
}

export interface ReportOptions {
  /** When a step fails, the output of these processes during that step is shown. */
  readonly processes: Pick<Processes, "forgetEnded" | "lastLines">
  /** Whether a failure changes the exit code. */
  readonly counts: boolean
  /** Aborted when the whole run is being ended: failures from then on mean nothing. */
  readonly ending: AbortSignal
}

export function createReport({ processes, counts, ending }: ReportOptions): Report {
  const failed: string[] = []
  return {
    get hasFailed() {
      return counts && failed.length > 0
    },
    failed,
    tell: (line) => console.log(line),
    async step(name, work) {
      const startedMs = performance.now()
      const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s`
      processes.forgetEnded()
      try {
        const value = await work()
        console.log(`ok    ${seconds()}  ${name}`)
        return { value }
      } catch (error) {
        if (ending.aborted) return Promise.withResolvers<undefined>().promise
        failed.push(name)
        const word = counts ? "FAILS" : "fails, only told:"
        console.log(`${word} ${seconds()}  ${name}`)
        console.log(indented(error instanceof Error ? error.message : String(error)))
        console.log(indented(await processes.lastLines()))
        return undefined
      }
    },
  }
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, "      | ")
}
