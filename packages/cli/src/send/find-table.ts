/** A table that was given for a list of numbers. */
export interface Table {
  /** One of its lines, or the beginning of it. */
  readonly line: string
  /** The command that takes its column of numbers, where it has one of them. */
  readonly cut: string | undefined
}

/** Signs between the columns of a table, and in no number. */
const COLUMNS = /[,;\t，；、]/

/** More than half of the lines, since a quoted field may hold line breaks. Fewer than that are each reported as a wrong number. */
export function findTable(lines: readonly string[]): Table | undefined {
  const rows = lines.filter((line) => COLUMNS.test(line))
  const [first] = rows
  if (first === undefined || rows.length * 2 <= lines.length) return undefined
  return { line: first.slice(0, 40), cut: cutOf(rows) }
}

function cutOf(rows: readonly string[]): string | undefined {
  const row = rows.find((each) => columnsOf(each).some(isNumber))
  const separator = row === undefined ? undefined : COLUMNS.exec(row)?.[0]
  // `cut` splits at one byte.
  if (row === undefined || separator === undefined || !/^[,;\t]$/.test(separator)) return undefined
  const columns = row.split(separator)
  if (row.includes('"') || columnsOf(row).filter(isNumber).length !== 1) return undefined
  const column = columns.findIndex(isNumber) + 1
  if (separator === "\t") return `cut -f${column}`
  return `cut -d${separator === ";" ? "';'" : separator} -f${column}`
}

const columnsOf = (row: string): string[] => row.split(COLUMNS)

const isNumber = (field: string): boolean => /^\+?\d[\d -]{6,}$/.test(field.trim())
