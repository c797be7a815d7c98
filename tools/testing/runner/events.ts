/** An event of a process that runs test files: one line of JSON each, on a file descriptor of its own. */
export type ProcessEvent =
  | { readonly type: "file:start"; readonly file: string }
  | ({ readonly type: "file:end" } & FileEnd)
  | TestEvent

export interface FileEnd {
  readonly file: string
  readonly counts: Counts
  /** Whether the file has passed, according to node's runner. */
  readonly success: boolean
  /** Processor time of this process, and of its children that have ended and were waited for. */
  readonly cpuMs: number
  /** The parts of the process that the file has left changed, if other files run in it too. */
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

/** An event of node's runner. */
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

/** An error for node's reporters, which print the cause of an error with this code. */
interface ToldError {
  readonly code: "ERR_TEST_FAILURE"
  readonly failureType: string
  /** The text from `inspect`. */
  readonly cause: unknown
}

/** The file descriptor for the events. */
export const EVENTS_FD = 3

/** The first argument of a process. */
export interface Orders {
  /** The limit of a single test. */
  readonly timeoutMs: number
  /** Whether errors are inspected with colors. */
  readonly colors: boolean
}
