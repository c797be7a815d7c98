/**
 * A copy of a JSON value with the value at one path replaced, as in `withValue(message, "news.articles[0].title", "")`;
 * `undefined` removes the member.
 */
export function withValue(value: unknown, path: string, replacement: unknown): unknown {
  const copy: unknown = structuredClone(value)
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "")
  const last = keys.pop()
  if (last === undefined) return replacement
  let place = copy as Record<string, unknown>
  for (const key of keys) place = (place[key] ??= {}) as Record<string, unknown>
  if (replacement === undefined) delete place[last]
  else place[last] = replacement
  return copy
}
