/** What a store has noted of the clock, for the process that opens it next. */
export interface ClockNotes {
  /** By how much the clock has been set in all: `ClockJump.setByMs` of the last one. */
  setByMs(): Promise<number>
}
