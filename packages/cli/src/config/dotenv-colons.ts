/**
 * Lines of a `.env` file that set a variable of WeCom's with a colon, as in YAML. `.env` has no such form: Node's reader
 * leaves the line out without an error, and the variable is not set.
 */
export function linesWithColon(text: string): readonly { readonly name: string; readonly line: number }[] {
  return text.split(/\r?\n/).flatMap((written, index) => {
    const name = /^\s*(?:export\s+)?(WECOM_\w+)\s*:/.exec(written)?.[1]
    return name === undefined ? [] : [{ name, line: index + 1 }]
  })
}
