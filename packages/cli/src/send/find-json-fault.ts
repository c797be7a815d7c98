/** Where a text stops being JSON. Lines and columns count from 1, columns in UTF-16 units, as editors do. */
export interface JsonFault {
  readonly line: number
  readonly column: number
  /** The rest of that line, or its beginning. */
  readonly near: string
  /** Nothing is wrong but that the text ends too early. */
  readonly isCutOff: boolean
}

/**
 * Node names the place of some mistakes only, and in English, so the place is searched for: it is the end of the
 * longest beginning that could still become JSON.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  if (isJson(text)) return undefined
  let viable = 0
  let hopeless = text.length + 1
  while (hopeless - viable > 1) {
    const middle = (viable + hopeless) >> 1
    if (couldBecomeJson(text.slice(0, middle))) viable = middle
    else hopeless = middle
  }
  const lines = text.slice(0, viable).split("\n")
  const near = text.slice(viable).split("\n")[0] ?? ""
  return {
    line: lines.length,
    column: (lines.at(-1) ?? "").length + 1,
    near: near.slice(0, 20).toWellFormed(),
    isCutOff: viable === text.length,
  }
}

function isJson(text: string): boolean {
  return outcome(text) === "json"
}

function couldBecomeJson(beginning: string): boolean {
  return outcome(beginning) !== "not_json"
}

function outcome(text: string): "json" | "ends_early" | "not_json" {
  try {
    JSON.parse(text)
    return "json"
  } catch (error) {
    const message = error instanceof Error ? error.message : ""
    if (/end of JSON input|Unterminated/.test(message)) return "ends_early"
    const position = /position (\d+)/.exec(message)?.[1]
    return position !== undefined && Number(position) >= text.length ? "ends_early" : "not_json"
  }
}
