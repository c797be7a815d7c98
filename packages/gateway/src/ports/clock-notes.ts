/** What a store has noted of the clock, for the process that opens it next. */
export interface ClockNotes {
  read(): Promise<NotedClock>
  /** Now and then: what the clock shows, or would show if it had not been set to what is not believed yet. */
  noteTrusted(at: number): Promise<void>
}

export interface NotedClock {
  /** By how much the clock has been set in all: `ClockJump.setByMs` of the last one. */
  readonly setByMs: number
  /** The last time that was noted. */
  readonly trustedAt: number | undefined
}
