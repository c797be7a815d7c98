import type { Processes } from "./processes.ts"

/** Writes a line for each step; the exit code follows from it. */
export interface Report {
  readonly hasFailed: boolean
  /** Names of the steps that failed, whether or not they count: for the end of what is printed. */
  readonly failed: readonly string[]
  /** Does it and prints how long it took. Resolves with the result, or, once a fault is printed, with undefined. */
  step<T>(name: string, work: () => Promise<T>): Promise<{ readonly value: T } | undefined>
  tell(line: string): void
}

export interface ReportOptions {
  /** What they said during a step is shown when it fails. */
  readonly processes: Pick<Processes, "forgetEnded" | "lastLines">
  /** False where a failure is only to be known. */
  readonly counts: boolean
  /** Aborted when everything is being ended: what fails then has no meaning. */
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
