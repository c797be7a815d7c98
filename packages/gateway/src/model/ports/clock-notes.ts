/** What a store has noted of the clock, for the process that opens it next. */
export interface ClockNotes {
  read(): Promise<NotedClock>
  /**
   * Now and then: what the clock shows, or would show if it had not been set to what is not believed yet.
   * @param boot undefined where that cannot be told
   */
  noteTrusted(at: number, boot?: NotedBoot): Promise<void>
}

/** How long this machine has run. It tells processes that follow one another what their wall clock does not when it is set. */
export interface Uptime {
  /** Another one after each start of the machine. */
  readonly boot: string
  ms(): number
}

/** When the machine started, by the wall clock as though that had never been set. */
export interface NotedBoot {
  readonly boot: string
  readonly at: number
}

export interface NotedClock {
  /** By how much the clock has been set in all: `ClockJump.setByMs` of the last one. */
  readonly setByMs: number
  /** The last time that was noted. */
  readonly trustedAt: number | undefined
  /** What was noted of the boot; a database that has a clock of its own notes none. */
  readonly boot?: NotedBoot | undefined
}
