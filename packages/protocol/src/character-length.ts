/** Code points: what WeCom calls 字, as near as its documentation lets one say. A lone surrogate counts one. */
export function characterLength(text: string): number {
  let characters = 0
  for (let at = 0; at < text.length; at++) {
    if ((text.codePointAt(at) ?? 0) > 0xffff) at++
    characters++
  }
  return characters
}
