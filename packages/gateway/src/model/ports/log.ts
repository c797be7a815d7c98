/** As pino writes it. Ids, codes and counts only. */
export interface OperatorLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

/** The log of the doors, including details that help only in the search for a fault. */
export interface DoorLog extends OperatorLog {
  debug(fields: object, sentence: string): void
}
