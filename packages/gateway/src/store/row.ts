/** A row as the database returns it, by column. */
export type Row = Readonly<Record<string, unknown>>

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== "string") throw new TypeError(`${column} is not text`)
  return value
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column)
}

export function integer(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== "number") throw new TypeError(`${column} is not a number`)
  return value
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column)
}

/** True or 1: a database without booleans stores 1. */
export function flag(row: Row, column: string): boolean {
  return row[column] === true || row[column] === 1
}

export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw new TypeError(`${column} is not bytes`)
  return value
}

/** JSON that this store wrote itself, so its shape is known. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names what it wrote, in the one place where that is taken on trust
export function parseOwn<T>(json: string): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what this store wrote has the type it was written with
  return JSON.parse(json) as T
}
