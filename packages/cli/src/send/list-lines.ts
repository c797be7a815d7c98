/**
 * The numbers of a list, one a line. Blank lines, what follows a `#` and a heading do not count, nor what a spreadsheet
 * adds to a number.
 */
export function listLines(text: string): string[] {
  const lines = text
    .split(/\r\n|\n|\r/)
    .map((line) => cellOf(line.replace(/#.*$/, "").trim()))
    .filter((line) => line !== "")
  return isHeading(lines[0]) ? lines.slice(1) : lines
}

/** Without quotation marks, the apostrophe that marks a text, and the `.0` of a whole number. */
function cellOf(line: string): string {
  const cell = /^"([^"]*)"$/.exec(line)?.[1]?.trim() ?? line
  return cell.replace(/^['‘’＇](?=[+\d])/, "").replace(/^(1\d{10})\.0+$/, "$1")
}

/** A name is none: someone would be left out. */
function isHeading(line: string | undefined): boolean {
  return (
    line !== undefined &&
    /^(?:[^\p{N},;:\t，；：、]*(?:手机|电话|号码|mobile|phone)[^\p{N},;:\t，；：、]*|tel\.?)$/iu.test(line)
  )
}
