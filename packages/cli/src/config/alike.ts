/**
 * At most three names that are similar to the given one: those that differ by one or two letters, nearest first; else
 * those that contain it.
 */
export function alike(given: string, names: readonly string[]): readonly string[] {
  const plain = plainOf(given)
  const near = names
    .map((name) => ({ name, edits: editsBetween(plain, plainOf(name)) }))
    .filter(({ edits }) => edits <= 2 && edits < plain.length)
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name)
  const wider = plain.length < 4 ? [] : names.filter((name) => plainOf(name).includes(plain))
  return (near.length > 0 ? near : wider).slice(0, 3)
}

/** The name without the common prefix, in one case and without separators. */
const plainOf = (name: string): string =>
  name
    .toUpperCase()
    .replace(/^WECOM_(?:PUSH_)?/, "")
    .replaceAll(/[-_]/g, "")

/** How many letters must be changed, added or removed. */
function editsBetween(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 0; row < from.length; row++) {
    const current = [row + 1]
    for (let at = 1; at <= to.length; at++) {
      const changed = (above[at - 1] ?? 0) + (to[at - 1] === from[row] ? 0 : 1)
      current.push(Math.min(changed, (above[at] ?? 0) + 1, (current[at - 1] ?? 0) + 1))
    }
    above = current
  }
  return above[to.length] ?? 0
}
