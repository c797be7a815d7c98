import { COLUMNS, oddNumber } from "./odd-number.ts"

/** A table that was given for a list of numbers. */
export interface Table {
  /** One of its lines, or the beginning of it. */
  readonly line: string
  /** A command that takes the numbers out of it, where one takes them all and nothing else. */
  readonly command: string | undefined
}

/** More than half of the lines, since a quoted field may hold line breaks. Fewer than that are each reported as a wrong number. */
export function findTable(lines: readonly string[]): Table | undefined {
  const rows = lines.filter((line) => COLUMNS.test(line) || oddNumber(line) === "moreThanNumber")
  const [first] = rows
  if (first === undefined || rows.length * 2 <= lines.length) return undefined
  return { line: first.slice(0, 40), command: cutOf(rows) ?? grepOf(lines) }
}

function cutOf(rows: readonly string[]): string | undefined {
  const withNumber = rows.filter((row) => columnsOf(row).some(isNumber))
  const separator = COLUMNS.exec(withNumber[0] ?? "")?.[0]
  // `cut` splits at one byte, and knows no quotation marks.
  if (separator === undefined || !/^[,;\t]$/.test(separator) || rows.some((row) => row.includes('"'))) return undefined
  const columns = new Set(withNumber.map((row) => row.split(separator).findIndex(isNumber) + 1))
  const [column = 0] = columns
  const hasTwo = withNumber.some((row) => columnsOf(row).filter(isNumber).length > 1)
  if (hasTwo || columns.size > 1 || column === 0) return undefined
  if (separator === "\t") return `cut -f${column}`
  return `cut -d${separator === ";" ? "';'" : separator} -f${column}`
}

/** A heading may come first; every other line must hold one mobile, and no longer number in which `grep` would find one. */
function grepOf(lines: readonly string[]): string | undefined {
  const isHeaded = !/\d/.test(lines[0] ?? "")
  const fits = lines.slice(isHeaded ? 1 : 0).every((line) => {
    const mobiles = line.match(/\d*1\d{10}\d*/g) ?? []
    return mobiles.length === 1 && mobiles[0]?.length === 11
  })
  return fits ? "grep -oE '1[0-9]{10}'" : undefined
}

const columnsOf = (row: string): string[] => row.split(COLUMNS)

const isNumber = (field: string): boolean => /^\+?\d[\d -]{6,}$/.test(field.trim())
