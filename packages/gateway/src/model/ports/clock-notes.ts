/** The clock times that a store keeps for the process that opens it next. */
export interface ClockNotes {
  read(): Promise<NotedClock>
  /**
   * Called now and then with the clock's reading, or its reading before a jump that is not believed yet.
   * @param boot undefined where that is unknown
   */
  noteTrusted(at: number, boot?: NotedBoot): Promise<void>
}

/**
 * How long this machine has run: unlike the wall clock it shows a later process how much time has passed, even when the
 * wall clock is set.
 */
export interface Uptime {
  /** Differs after each start of the machine. */
  readonly boot: string
  ms(): number
}

/** When the machine started, as the wall clock would show it if it had never been set. */
export interface NotedBoot {
  readonly boot: string
  readonly at: number
}

export interface NotedClock {
  /** By how much the clock has been set in all: `ClockJump.setByMs` of the last jump. */
  readonly setByMs: number
  /** The last time that was noted. */
  readonly trustedAt: number | undefined
  /** The stored boot; a database with a clock of its own has none. */
  readonly boot?: NotedBoot | undefined
}
