/** An event of a process that runs test files: one line of JSON each, on a file descriptor of its own. */
export type ProcessEvent =
  | { readonly type: "file:start"; readonly file: string }
  | ({ readonly type: "file:end" } & FileEnd)
  | TestEvent

export interface FileEnd {
  readonly file: string
  readonly counts: Counts
  /** As node's runner says it. */
  readonly success: boolean
  /** Of this process, and of those it has started and seen end. */
  readonly cpuMs: number
  /** How the file has left the process otherwise than it found it, where others run in it too. */
  readonly changed: readonly string[]
}

export interface Counts {
  readonly tests: number
  readonly suites: number
  readonly passed: number
  readonly failed: number
  readonly cancelled: number
  readonly skipped: number
  readonly todo: number
}

/** One of node's runner. */
export interface TestEvent {
  readonly type: `test:${string}`
  readonly data: {
    readonly name?: string
    readonly nesting?: number
    readonly testId?: number
    readonly file?: string
    readonly line?: number
    readonly column?: number
    readonly message?: string
    readonly skip?: string | boolean
    readonly details?: { readonly duration_ms?: number; readonly type?: string; readonly error?: ToldError }
  }
}

/** As node's reporters want it: they print the cause of an error that has this code. */
interface ToldError {
  readonly code: "ERR_TEST_FAILURE"
  readonly failureType: string
  /** As `inspect` shows it. */
  readonly cause: unknown
}

/** The file descriptor. */
export const EVENTS_FD = 3

/** The first argument of a process. */
export interface Orders {
  /** Of a single test. */
  readonly timeoutMs: number
  /** Whether errors are inspected with colors. */
  readonly colors: boolean
}
