/** As pino writes it. Ids, codes and counts only. */
export interface OperatorLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

/** What the doors write, what helps only when a fault is looked for included. */
export interface DoorLog extends OperatorLog {
  debug(fields: object, sentence: string): void
}
