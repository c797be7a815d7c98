/** The places of values in a JSON text, or the place where the text stops being JSON. */
export type JsonPlaces =
  | { readonly places: ReadonlyMap<string, number>; readonly brokenAt?: undefined }
  | { readonly places?: undefined; readonly brokenAt: number }

/**
 * The offset of every value in a JSON text, by its path as the simulator writes it: `members[3].departments[0]`, and
 * the empty path for the whole. It is computed here because browsers report the place of a syntax error in different
 * words, or not at all.
 */
export function placesIn(text: string): JsonPlaces {
  const places = new Map<string, number>()
  try {
    const end = readValue(text, skipSpace(text, 0), "", places, 0)
    const rest = skipSpace(text, end)
    return rest === text.length ? { places } : { brokenAt: rest }
  } catch (error) {
    if (error instanceof Broken) return { brokenAt: error.at }
    throw error
  }
}

/** The offset of the value, or of the nearest value that contains its path: a missing value has no offset. */
export function placeOf(path: string, places: ReadonlyMap<string, number>): number {
  for (let around = path; around !== ""; around = parentOf(around)) {
    const at = places.get(around)
    if (at !== undefined) return at
  }
  return places.get("") ?? 0
}

/** The line number, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++
  return line
}

class Broken extends Error {
  readonly at: number

  constructor(at: number) {
    super()
    this.at = at
  }
}

// The depth that the simulator reads.
const MAX_DEPTH = 1000

function readValue(text: string, at: number, path: string, places: Map<string, number>, depth: number): number {
  if (depth > MAX_DEPTH) throw new Broken(at)
  places.set(path, at)
  switch (text[at]) {
    case "{":
      return readItems(text, at, "}", (start) => {
        const end = readString(text, start)
        const name: unknown = JSON.parse(text.slice(start, end))
        const colon = skipSpace(text, end)
        if (text[colon] !== ":") throw new Broken(colon)
        const member = path === "" ? String(name) : `${path}.${String(name)}`
        return readValue(text, skipSpace(text, colon + 1), member, places, depth + 1)
      })
    case "[": {
      let index = 0
      return readItems(text, at, "]", (start) => readValue(text, start, `${path}[${index++}]`, places, depth + 1))
    }
    case '"':
      return readString(text, at)
    case undefined:
    default:
      return readToken(text, at, /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
  }
}

function readItems(text: string, open: number, close: "}" | "]", readItem: (start: number) => number): number {
  let at = skipSpace(text, open + 1)
  if (text[at] === close) return at + 1
  for (;;) {
    at = skipSpace(text, readItem(at))
    if (text[at] === close) return at + 1
    if (text[at] !== ",") throw new Broken(at)
    at = skipSpace(text, at + 1)
  }
}

// oxlint-disable-next-line no-control-regex -- JSON allows them in no string
const STRING = /"(?:[^"\\\u0000-\u001F]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y

const readString = (text: string, at: number): number => readToken(text, at, STRING)

function readToken(text: string, at: number, token: RegExp): number {
  token.lastIndex = at
  if (!token.test(text)) throw new Broken(at)
  return token.lastIndex
}

function skipSpace(text: string, at: number): number {
  const space = /[ \t\n\r]*/y
  space.lastIndex = at
  space.test(text)
  return space.lastIndex
}

const parentOf = (path: string): string => path.replace(/(?:\[\d+\]|(?:^|\.)[^.[]*)$/, "")
