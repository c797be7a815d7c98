/** ntfy's short names that are used most for alerts; other names are shown as words. */
const SIGNS: ReadonlyMap<string, string> = new Map([
  ["warning", "⚠️"],
  ["rotating_light", "🚨"],
  ["triangular_flag_on_post", "🚩"],
  ["no_entry", "⛔"],
  ["skull", "💀"],
  ["fire", "🔥"],
  ["x", "❌"],
  ["heavy_check_mark", "✔️"],
  ["white_check_mark", "✅"],
  ["tada", "🎉"],
  ["partying_face", "🥳"],
  ["+1", "👍"],
  ["-1", "👎"],
  ["loudspeaker", "📢"],
  ["bell", "🔔"],
  ["facepalm", "🤦"],
  ["no_entry_sign", "🚫"],
  ["computer", "💻"],
])

interface Marked {
  readonly title: string | undefined
  readonly text: string
}

/** Signs are put before the title, or before the text if there is no title; words below the text. */
export function marked({ title, text }: Marked, tags: readonly string[]): Marked {
  const signs = tags.flatMap((tag) => SIGNS.get(tag) ?? []).join("")
  const words = tags.filter((tag) => !SIGNS.has(tag)).join(", ")
  const below = words === "" ? text : `${text}\n\n${words}`
  if (signs === "") return { title, text: below }
  return title === undefined ? { title, text: `${signs} ${below}` } : { title: `${signs} ${title}`, text: below }
}
