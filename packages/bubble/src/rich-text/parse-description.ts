type Colour = "gray" | "normal" | "highlight"

export interface ColouredText {
  readonly colour: Colour
  /** With line breaks as `\n`. */
  readonly text: string
}

const MARK = /<br\s*\/?>|<div\s+class\s*=\s*["']?(gray|normal|highlight)["']?\s*>|<\/div>/gi

/**
 * The description of a `textcard`: its three colours, one block each, and its line breaks. Other markup stays as it was
 * typed.
 */
export function parseDescription(description: string): ColouredText[] {
  const blocks: { colour: Colour; text: string }[] = []
  const open: Colour[] = []
  let isNew = true
  const write = (text: string): void => {
    const colour = open.at(-1) ?? "normal"
    const last = blocks.at(-1)
    if (isNew || last === undefined) blocks.push({ colour, text })
    else last.text += text
    isNew = false
  }

  let end = 0
  for (const { 0: mark, 1: colour, index } of description.matchAll(MARK)) {
    if (index > end) write(description.slice(end, index))
    end = index + mark.length
    if (/^<br/i.test(mark)) write("\n")
    else if (colour === undefined && open.pop() === undefined) write(mark)
    else {
      if (colour !== undefined) open.push(toColour(colour))
      isNew = true
    }
  }
  if (end < description.length) write(description.slice(end))
  // Blanks between two blocks that lay out the source are no line of their own.
  return blocks.filter(({ text }) => text.trim() !== "" || text.includes("\n\n"))
}

const toColour = (written: string): Colour => {
  const name = written.toLowerCase()
  return name === "gray" || name === "highlight" ? name : "normal"
}
