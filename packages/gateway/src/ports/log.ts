/** As pino writes it. Ids, codes and counts only. */
export interface OperatorLog {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}
