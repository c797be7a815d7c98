/** Every text in what is shown: content, titles, names of buttons, addresses. */
export function* textsOf(value: unknown): Generator<string, void, undefined> {
  if (typeof value === "string") yield value
  else if (typeof value === "object" && value !== null) for (const part of Object.values(value)) yield* textsOf(part)
}
