/** A JSON pointer (RFC 6901), as in `/to/users/3`. */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("")
}

/**
 * The JSON pointer of a place that the protocol package names, as in `template_card.button_list[2].key` or `text["a b"]`.
 */
export function pointerOf(path: string): string {
  const names: (string | number)[] = []
  for (const [, name, index, quoted] of path.matchAll(STEP)) {
    if (name !== undefined) names.push(name)
    else if (index !== undefined) names.push(Number(index))
    else if (quoted !== undefined) names.push(String(JSON.parse(quoted)))
  }
  return toPointer(names)
}

const STEP = /(?:^|\.)([^.[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g
