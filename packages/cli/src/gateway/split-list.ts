/** Repeated flags, and commas in one, those of a Chinese keyboard included. */
export function splitList(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(/[,，、]/))
    .map((item) => item.trim())
    .filter((item) => item !== "")
}
